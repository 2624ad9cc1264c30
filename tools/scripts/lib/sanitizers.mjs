// What a process of Node needs for an addon that was built with sanitizers, and where their reports go.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { compilerFor, here } from './native.mjs';

/** The compiler that also builds the addon. */
export const compiler = compilerFor(here) ?? 'g++';

/** A library of the compiler's, by name; null where it has none. */
function library(name) {
  const found = spawnSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' });
  const path = found.stdout?.trim();
  return path?.includes('/') ? path : null;
}

/**
 * The environment, with reports as files `report.<pid>` in `folder` (UBSan's go to stderr); null where the compiler has no such sanitizer.
 *
 * @param sanitizers by GCC's names: `thread`, or `address` with `undefined`.
 */
export function sanitized(sanitizers, folder) {
  const runtime = library(sanitizers.includes('thread') ? 'libtsan.so' : 'libasan.so');
  const standard = library('libstdc++.so.6');
  if (runtime === null || standard === null) return null;
  const reports = `log_path=${join(folder, 'report')}`;
  return {
    // Node is built without them: the sanitizer's library has to come first, and beside it that of C++, whose
    // exceptions it watches.
    LD_PRELOAD: `${runtime} ${standard}`,
    // What Node keeps until it ends is not lost. Memory that cannot be had is null, as without the sanitizer.
    ASAN_OPTIONS: `detect_leaks=0:allocator_may_return_null=1:${reports}`,
    UBSAN_OPTIONS: 'print_stacktrace=1',
    // Node's own threads synchronize in ways that it does not see.
    TSAN_OPTIONS: `ignore_noninstrumented_modules=1:${reports}`,
  };
}
