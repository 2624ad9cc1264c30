// Builds the addon for this machine, or with a cross compiler for another, with Node's own headers. Each instruction
// set has its own source file and flags, so that none leaks into another.
import { existsSync, readdirSync } from 'node:fs';
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
  option,
  sanitize,
  target,
  tooNew,
} = await import(shared);

const source = join(root, 'native');
const [platform, arch] = target.split('-');
const windows = platform === 'win32';
// The package of the platform if it is next to this one; otherwise, and for tests, this one.
const home = join(root, '..', `backend-cpu-${target}`);
// A build with sanitizers is stored next to the addon and replaces nothing.
const suffix = sanitize ? `-${sanitize.replaceAll(',', '-')}` : '';
const out =
  existsSync(join(home, 'package.json')) && !sanitize
    ? join(home, 'prebuilds')
    : join(root, 'prebuilds', target);
const addon = join(out, `dl-cpu${suffix}.node`);
const work = join(root, 'build', `${target}${suffix}`);

const compiler = compilerForAddon('@dl/backend-cpu', "core's own backend is used instead");

const flags = [
  // With sanitizer checks, GCC at -O3 takes a quarter of an hour for the kernels.
  ...flagsFor(target, sanitize ? '-O1' : '-O3', [
    // On Windows, GCC does not align the stack for vectors of 32 bytes (its bug 54412): they are moved as unaligned.
    ...(windows ? ['-Wa,-muse-unaligned-vector-move'] : []),
    '-fno-math-errno',
    '-fno-trapping-math',
    '-Wno-psabi',
    // GCC's own AVX-512 headers cause these warnings.
    '-Wno-uninitialized',
    '-Wno-maybe-uninitialized',
  ]),
  ...addonFlags(target),
];
// UBSan's findings end the process too: next to AddressSanitizer it writes to no file.
if (sanitize) {
  flags.push(`-fsanitize=${sanitize}`, '-fno-sanitize-recover=all', '-fno-omit-frame-pointer');
}
const units = [
  ['addon.cc', flags],
  ['pool.cc', flags],
  ['isa_portable.cc', flags],
];
if (arch === 'x64') {
  const avx2 = ['-mavx2', '-mfma', '-mf16c', '-mbmi2'];
  const avx512 = ['f', 'bw', 'dq', 'vl'].map((x) => `-mavx512${x}`);
  units.push(['isa_avx2.cc', [...flags, ...avx2]]);
  units.push(['isa_avx512.cc', [...flags, ...avx2, ...avx512, '-mprefer-vector-width=512']]);
}
const files = readdirSync(source).sort();
const digest = digestOf(source, files, import.meta.url, [units, compiler]);

await buildOnce({ work, product: addon, digest }, async () => {
  const objects = await compileAll(compiler, units, { source, work });
  const shared = platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
  const still = platform === 'darwin' || sanitize ? [] : ['-static-libstdc++', '-static-libgcc'];
  const args = [...shared, ...still, ...(sanitize ? [`-fsanitize=${sanitize}`] : []), '-pthread'];
  args.push(...objects);
  if (windows) {
    const sources = files.map((name) => join(source, name));
    args.push(nodeLibrary(compiler, sources, work), '-static');
  }
  link(compiler, args, addon, checkAge);
  console.log(`@dl/backend-cpu: built ${target} with ${compiler}`);
});

/** Refuses a binary that requires a newer glibc than the oldest supported one. */
function checkAge(binary) {
  const oldest = option('oldest-glibc');
  if (!oldest) return;
  const bad = tooNew(compiler, binary, { GLIBC: oldest.split('.').map(Number) });
  if (bad === null) throw new Error('objdump is missing: the required glibc version is unknown');
  if (bad.length === 0) return;
  console.error(
    `@dl/backend-cpu: the binary requires a newer glibc than ${oldest}: ${bad.join(', ')}`,
  );
  process.exit(1);
}
