// `pnpm runtimes`: runs the packages, as they are packed, in other runtimes, systems and browsers than the tests do.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runInBrowser } from './lib/browser.mjs';
import { runAtEdge } from './lib/edge.mjs';
import { fetched } from './lib/fetched.mjs';
import { hosts } from './lib/hosts.mjs';
import { assemble, root } from './lib/project.mjs';
import { runInRuntime } from './lib/runtime.mjs';

const usage = `Usage: pnpm runtimes <name> [--device webgpu]

${Object.entries(hosts)
  .map(([name, { what }]) => `  ${name.padEnd(12)} ${what}`)
  .join('\n')}

  --device   the device that the conformance suite runs on: cpu, or webgpu where there is one`;

const { values, positionals } = parseArgs({
  options: { device: { type: 'string', default: 'cpu' } },
  allowPositionals: true,
});
const [name] = positionals;
const host = hosts[name];
if (host === undefined || positionals.length !== 1) {
  console.error(usage);
  process.exit(2);
}
const { device } = values;

/** The first of several commands that is on this machine. */
function present(commands) {
  return commands.find(([file]) =>
    file.includes('/') ? existsSync(file) : spawnSync('which', [file]).status === 0,
  );
}

/** Binaries for another platform than this one. */
function crossBuild(platform) {
  for (const backend of ['backend-cpu', 'backend-cuda']) {
    const script = join(root, 'packages', backend, 'scripts/build-native.mjs');
    const built = spawnSync(process.execPath, [script, `--platform=${platform}`], {
      stdio: 'inherit',
    });
    if (built.status !== 0) throw new Error(`${backend} was not built for ${platform}`);
  }
}

try {
  const through = host.through === undefined ? [] : present(host.through);
  if (through === undefined) throw new Error(`this needs ${host.needs}`);
  if (!host.devices.includes(device)) {
    throw new Error(`--device ${device}: only ${host.devices.join(' or ')} here`);
  }
  if (host.cross !== undefined) crossBuild(host.cross);
  const home = join(root, 'out/runtimes', name);
  const run = () => {
    if (host.browser !== undefined) return runInBrowser(home, through, host);
    const program = fetched(home, host);
    if (host.edge) return runAtEdge(home, program);
    return runInRuntime(home, assemble(home), [...through, program], host, device);
  };
  if (!(await run())) process.exitCode = 1;
} catch (error) {
  console.error(`runtimes, ${name}: ${error.message}`);
  process.exitCode = 1;
}
