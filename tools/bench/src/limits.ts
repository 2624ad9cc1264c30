// The machine's own limits, measured in the same run: a small program that the system's compiler makes.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the machine can do at most. */
export interface Limits {
  /** 10⁹ floating-point operations a second, a multiply-add counting as two. */
  readonly gflops: number;
  /** 10⁹ bytes a second read from memory. */
  readonly gigabytes: number;
}

const source = fileURLToPath(new URL('../native/limits.cc', import.meta.url));

/** The limits with so many threads, or why they are not known. */
export function limitsOf(threads: number): Limits | string {
  const folder = mkdtempSync(join(tmpdir(), 'dl-bench-'));
  try {
    const program = join(folder, 'limits');
    const flags = ['-O3', '-march=native', '-pthread', '-std=c++17', source, '-o', program];
    if (spawnSync('g++', flags).status !== 0) return 'there is no g++ to compile native/limits.cc';
    const ran = spawnSync(program, [String(threads)], { encoding: 'utf8' });
    if (ran.status !== 0) return 'native/limits.cc did not run';
    return JSON.parse(ran.stdout) as Limits;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
