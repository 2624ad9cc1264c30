// Platforms without CUDA, simulated in a process that reports another platform.
import { readFileSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';

const platform = process.platform;
afterEach(() => {
  Object.defineProperty(process, 'platform', { value: platform });
  vi.resetModules();
});

it('has a package for each platform', async () => {
  const { platforms } = await import('../src/native.js');
  const manifest = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  ) as { optionalDependencies: object };
  expect(Object.keys(manifest.optionalDependencies)).toEqual(
    platforms.map((name) => `@dl/backend-cuda-${name}`),
  );
});

it('says on macOS that CUDA is not supported, and names no package', async () => {
  Object.defineProperty(process, 'platform', { value: 'darwin' });
  vi.resetModules();
  const { load } = await import('../src/native.js');
  const { addon, reason } = load();
  expect(addon).toBeNull();
  expect(reason).toMatch(
    /^CUDA does not support darwin-\w+ \(only .*\); use device 'cpu' or 'webgpu'$/,
  );
  expect(reason).not.toContain('npm install');
});
