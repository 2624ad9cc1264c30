// The digits app, shortened: the losses of device cuda on the emulator are those of the CPU.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { home, run } from './helper.js';

const app = join(home, '../../apps/digits/dist/main.js');

it('trains with the losses of the CPU', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'dl-digits-'));
  try {
    const points = ['cpu', 'cuda'].map((device) => {
      const out = join(folder, device);
      const args = ['--device', device, '--epochs', '1', '--limit', '640', '--hidden', '32'];
      const said = run([app, ...args, '--out', out]);
      expect(said.err).not.toContain('cuda-emulator:');
      expect(said.status).toBe(0);
      expect(said.out).toContain('test accuracy');
      // The curve of the losses as the report draws it: a hundredth is some 1e-4 of the loss.
      const [curve] =
        /<polyline points="[^"]{60,}"/.exec(readFileSync(join(out, 'report.html'), 'utf8')) ?? [];
      expect(curve).toBeDefined();
      return (curve as string).match(/-?\d+(\.\d+)?/g)?.map(Number) as number[];
    });
    const [cpu, cuda] = points as [number[], number[]];
    expect(cuda.length).toBe(cpu.length);
    cpu.forEach((v, i) => {
      expect(Math.abs((cuda[i] as number) - v)).toBeLessThanOrEqual(0.011);
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
