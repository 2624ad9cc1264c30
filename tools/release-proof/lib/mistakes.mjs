// What goes wrong on a user's machine, done on purpose: each must say what to do.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { install } from './projects.mjs';
import { must, node } from './shell.mjs';

async function refused(folder, args, wanted, what) {
  const { code, stdout, stderr } = await node(args, { cwd: folder, mayFail: true });
  const said = stdout + stderr;
  must(code !== 0 && wanted.test(said), `${what}: expected ${wanted}, it said (${code}) ${said}`);
  return said.split('\n').find((line) => wanted.test(line));
}

/** `@dl/nn` where somebody has taken `@dl/core` away. */
export async function withoutCore(folder, env) {
  await install(folder, ['@dl/nn'], env);
  rmSync(join(folder, 'node_modules/@dl/core'), { recursive: true });
  const wanted = /@dl\/nn needs @dl\/core, which is not installed; npm install @dl\/core/;
  const required = await refused(folder, ['-e', 'require("@dl/nn")'], wanted, 'nn without core');
  // An import is Node's own to refuse; it names the package that is missing.
  const args = ['--input-type=module', '-e', 'import "@dl/nn"'];
  await refused(folder, args, /Cannot find package '@dl\/core'/, 'nn without core, imported');
  return required;
}

/** A project that holds on to an old core while nn brings a new one. */
export async function twoCores(folder, older, env) {
  const tree = await install(folder, [`@dl/core@${older}`, '@dl/nn'], env);
  must(tree.filter((each) => each.startsWith('@dl/core@')).length === 2, `one core only: ${tree}`);
  writeFileSync(
    join(folder, 'two.mjs'),
    `import { tensor } from '@dl/core';
     import { Linear } from '@dl/nn';
     new Linear(2, 1).forward(tensor([[1, 2]]));`,
  );
  const wanted = /got a tensor created by another copy of @dl\/core.*npm ls @dl\/core/;
  const said = await refused(folder, ['two.mjs'], wanted, 'two cores');
  must(said.includes(older), `two cores: the message does not name ${older}: ${said}`);
  const loaded = await refused(folder, ['two.mjs'], /@dl\/core is loaded twice/, 'two cores');
  must(loaded.includes(older), `two cores: the warning does not name ${older}: ${loaded}`);
  const places = ['node_modules/@dl/core/dist', 'nn/node_modules/@dl/core/dist'];
  const unnamed = places.filter((place) => !loaded.includes(place));
  must(unnamed.length === 0, `two cores: the warning does not name ${unnamed}: ${loaded}`);
  return said;
}

/** A Node that says that it is old, and one that cannot `require` an ES module. */
export async function oldNode(folder) {
  const old = join(folder, 'old.mjs');
  writeFileSync(
    old,
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } });",
  );
  const imported = await refused(
    folder,
    ['--import', old, '--input-type=module', '-e', 'import "@dl/core"'],
    /needs Node 20\.19 or 22\.12 or later, this is Node 18\.20\.8; install a newer one/,
    'old Node, imported',
  );
  await refused(
    folder,
    ['--import', old, '--no-experimental-require-module', '-e', 'require("@dl/core")'],
    /@dl\/core needs Node 20\.19 or 22\.12 or later, this is Node .*; install a newer one/,
    'old Node, required',
  );
  // A Node that is new enough, where require() of ES modules is switched off, as in Jest's default mode.
  await refused(
    folder,
    ['--no-experimental-require-module', '-e', 'require("@dl/core")'],
    /@dl\/core is an ES module, .*: use import, or take --no-experimental-require-module out/,
    'require() of ES modules switched off',
  );
  await refused(
    folder,
    [
      '--no-experimental-require-module',
      '-e',
      'process.env.JEST_WORKER_ID = "1"; require("@dl/core")',
    ],
    /@dl\/core is an ES module, which Jest loads only with NODE_OPTIONS=--experimental-vm-modules/,
    'Jest in its default mode',
  );
  return imported;
}
