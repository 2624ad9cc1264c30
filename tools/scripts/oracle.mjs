// `pnpm oracle`: writes the fixtures again with a Python that has the pinned PyTorch.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const oracle = join(root, 'tools/oracle');
const python = process.env.PYTHON ?? 'python3';

function fail(message) {
  console.error(`oracle: ${message}`);
  process.exit(1);
}

const run = (command, args) =>
  spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status === 0;

const pins = readFileSync(join(oracle, 'requirements.txt'), 'utf8');
const pinned = /^torch==(.+)$/m.exec(pins)[1].trim();
const probe = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], {
  encoding: 'utf8',
});
const fix = `install it with \`${python} -m pip install -r tools/oracle/requirements.txt\`, or set PYTHON to a Python that has it`;
if (probe.error) fail(`cannot start ${python}: set PYTHON to a Python with PyTorch ${pinned}`);
if (probe.status !== 0) fail(`${python} has no PyTorch: ${fix}`);
const found = probe.stdout.trim().split('+')[0];
if (found !== pinned)
  fail(`${python} has PyTorch ${found}, the goldens are made with ${pinned}: ${fix}`);

// Scripts whose inputs a tool lists first: it is built, and writes them to a file.
const asks = {
  'conformance_goldens.py': { tool: 'conformance', option: '--cases', to: 'cases.json' },
  'sweep_references.py': { tool: 'sweeps', option: '--points', to: 'points' },
};

const only = process.argv.slice(2);
const scripts = readdirSync(oracle)
  .filter((name) => name.endsWith('.py'))
  .filter((name) => only.length === 0 || only.some((part) => name.includes(part)));
if (scripts.length === 0)
  fail(`no script in tools/oracle holds '${only.join("' or '")}' in its name`);
for (const name of scripts) {
  console.log(name);
  const asked = asks[name];
  if (asked !== undefined) {
    const built = run(process.execPath, [
      join(root, 'node_modules/turbo/bin/turbo'),
      'run',
      'build',
      `--filter=dl-${asked.tool}`,
      '--output-logs=errors-only',
    ]);
    const main = join(root, `tools/${asked.tool}/dist/main.js`);
    const to = join(root, `tools/${asked.tool}/dist/${asked.to}`);
    if (!built || !run(process.execPath, [main, asked.option, to])) {
      fail(`cannot list the inputs of ${name}`);
    }
  }
  if (!run(python, [join(oracle, name)])) fail(`${name} failed`);
}
