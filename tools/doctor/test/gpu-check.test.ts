// The whole of gpu-check on the emulator with small sizes: its report, and what it says when something is wrong.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const path = (p: string): string => fileURLToPath(new URL(p, import.meta.url));
for (const script of [
  '../../cuda-emulator/scripts/build.mjs',
  '../../../packages/backend-cuda/scripts/build-native.mjs',
]) {
  const built = spawnSync(process.execPath, [path(script), '--required'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`${script}: ${built.stdout}${built.stderr}`);
}

const folder = mkdtempSync(join(tmpdir(), 'dl-gpu-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function check(
  args: readonly string[],
  extra: NodeJS.ProcessEnv = {},
): { out: string; err: string; status: number | null; report: () => string } {
  const report = join(folder, 'report.md');
  const done = spawnSync(
    process.execPath,
    [path('../dist/gpu-check.js'), ...args, '--out', report],
    {
      // From a folder of its own: nothing may depend on where it is run.
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...process.env,
        DL_CUDA_LIBRARY_PATH: path('../../cuda-emulator/build/lib'),
        DL_CUDA_CACHE: '0',
        PYTHON: '/nowhere/python3',
        ...extra,
      },
      timeout: 110_000,
    },
  );
  return {
    out: done.stdout,
    err: done.stderr,
    status: done.status,
    report: () => readFileSync(report, 'utf8'),
  };
}

describe('gpu-check on the emulator', { timeout: 120_000 }, () => {
  it('writes a report with every part', () => {
    const { out, err, status, report } = check(['--quick', '--steps', '3', '--filter', 'relu']);
    expect(err).toBe('');
    const text = report();
    expect(text).toContain('CUDA emulator 0');
    // What the doctor says of the machine, the packages and the devices.
    expect(text).toContain(`- Node ${process.version}`);
    expect(text).toMatch(/^- packages: core, /m);
    expect(text).toMatch(/^✓ cuda /m);
    expect(text).toMatch(/- passed: digits losses: 3 steps/);
    expect(text).toMatch(/- passed: memory: 20 steps/);
    expect(text).toMatch(/- passed: transfers: .*, 0 wrong numbers/);
    expect(text).toMatch(/- passed: conformance: [1-9]\d+ passed, 0 failed/);
    // A row for each of the timings, with launches and the most memory.
    const rows = text.split('\n').filter((l) => /^\| .* µs|^\| .* ms/.test(l));
    expect(rows).toHaveLength(11);
    for (const row of rows) expect(row).toMatch(/\| [1-9]\d* \| \d+\.\d\d MiB \|/);
    expect(text).not.toContain('unfinished');
    expect(out).toContain('conformance: part 1 of ');
    expect(status).toBe(0);
  });

  it('fails if the suite fails, and says with what', () => {
    const { status, report } = check(['--without', 'parity,memory,bench', '--filter', 'relu'], {
      DL_CUDA_EMULATOR_FAIL: 'cuLaunchKernel:700:5',
    });
    expect(status).toBe(1);
    expect(report()).toMatch(/\*\*FAILED\*\*: conformance/);
    expect(report()).toContain('left out on request: parity, memory, bench');
  });

  it('says what there was no time for', () => {
    const { status, report } = check(['--quick', '--steps', '1', '--minutes', '0.0001']);
    expect(status).toBe(1);
    expect(report()).toMatch(/\*\*out of time\*\* before: memory, .*LeNet step, conformance/);
  });

  it('without a driver says so in one line', () => {
    const { err, status } = check([], { DL_CUDA_DRIVER: '/nowhere/libcuda.so.1' });
    expect(status).toBe(1);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toMatch(/^gpu-check: cuda: libcuda\.so\.1/);
  });
});
