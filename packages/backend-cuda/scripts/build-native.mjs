// Builds the addon with g++, clang++ or a cross compiler and Node's own headers, into the package of its platform. CUDA
// is not needed: its libraries are opened at run time.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
// A published package has its own copy of what it shares with the other one.
const shared = existsSync(join(root, 'scripts/native.mjs'))
  ? './native.mjs'
  : '../../../tools/scripts/lib/native.mjs';
const {
  addonFlags,
  buildOnce,
  compileAll,
  compilerForAddon,
  digestOf,
  flagsFor,
  link,
  nodeLibrary,
  required,
  sanitize,
  target,
  tooNew,
} = await import(shared);

const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const source = join(root, 'native');
const home = join(root, '..', `backend-cuda-${target}`);
const out = join(existsSync(home) ? home : root, 'prebuilds');
const addon = join(out, sanitize ? `dl-cuda-${sanitize}.node` : 'dl-cuda.node');
const work = join(root, 'build', sanitize ? `${target}-${sanitize}` : target);

// Each platform with CUDA has its own package for its binary.
if (!(`@dl/backend-cuda-${target}` in optionalDependencies)) {
  console.warn(`@dl/backend-cuda: no addon built (CUDA does not support ${target}).`);
  process.exit(required ? 1 : 0);
}
const compiler = compilerForAddon('@dl/backend-cuda', 'device cuda is not available');

const flags = [
  ...flagsFor(target, '-O2', ['-Wextra', '-Wno-missing-field-initializers']),
  ...addonFlags(target),
];
if (sanitize) flags.push(`-fsanitize=${sanitize}`, '-fno-omit-frame-pointer');
const files = readdirSync(source).sort();
const digest = digestOf(source, files, import.meta.url, [flags, compiler]);

await buildOnce({ work, product: addon, digest }, async () => {
  const units = files.filter((name) => name.endsWith('.cc'));
  const objects = await compileAll(
    compiler,
    units.map((name) => [name, flags]),
    { source, work, atOnce: 2 },
  );
  const args = ['-shared', ...objects, '-pthread'];
  if (sanitize) args.push(`-fsanitize=${sanitize}`);
  if (target.startsWith('win32')) {
    const sources = files.map((name) => join(source, name));
    args.push(nodeLibrary(compiler, sources, work));
    args.push('-static', '-static-libstdc++', '-static-libgcc');
  }
  if (target.startsWith('linux')) args.push('-ldl');
  link(compiler, args, addon, checkAge);
  console.log(`@dl/backend-cuda: built ${target} with ${compiler}`);
});

/** Refuses a binary that requires a newer system than Node itself does (glibc 2.28). */
function checkAge(binary) {
  if (!target.startsWith('linux') || sanitize) return;
  const newest = { GLIBC: [2, 28], GLIBCXX: [3, 4, 25], CXXABI: [1, 3, 11] };
  const bad = tooNew(compiler, binary, newest) ?? [];
  if (bad.length === 0) return;
  console.error(
    `@dl/backend-cuda: the binary requires a newer system than glibc 2.28: ${bad.join(', ')}`,
  );
  process.exit(1);
}
