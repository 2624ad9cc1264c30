// The digits app, shortened: the losses of device cuda on the emulator are those of the CPU.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { home, run } from './helper.js';

const app = join(home, '../../apps/digits/dist/main.js');

/** The losses that a checkpoint of the app has: a number for each step. */
function lossesOf(checkpoint: string): number[] {
  const program = `import { load } from '@dl/io';
const { extra } = await load(${JSON.stringify(checkpoint)}); console.log(JSON.stringify(extra.losses));`;
  const args = ['--input-type=module', '-e', program];
  const done = spawnSync(process.execPath, args, { cwd: join(app, '../..'), encoding: 'utf8' });
  return JSON.parse(done.stdout || done.stderr) as number[];
}

it('trains with the losses of the CPU', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'dl-digits-'));
  try {
    const [cpu, cuda] = ['cpu', 'cuda'].map((device) => {
      const out = join(folder, device);
      const args = ['--device', device, '--epochs', '1', '--limit', '640', '--hidden', '32'];
      const said = run([app, ...args, '--out', out]);
      expect(said.err).not.toContain('cuda-emulator:');
      expect(said.status).toBe(0);
      expect(said.out).toContain('test accuracy');
      return lossesOf(join(out, 'checkpoint.pth'));
    });
    expect(cpu?.length).toBe(10);
    expect(cuda?.length).toBe(cpu?.length);
    cpu?.forEach((loss, i) => {
      expect(Math.abs(Number(cuda?.[i]) / loss - 1)).toBeLessThanOrEqual(1e-4);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
it('without driver or emulator one message names libcuda.so.1', () => {
  const { err, status } = run([app, '--device', 'cuda'], {
    DL_CUDA_DRIVER: '/nowhere/libcuda.so.1',
  });
  expect(status).not.toBe(0);
  expect(err.trim().split('\n')).toHaveLength(1);
  expect(err).toContain('libcuda.so.1');
});
