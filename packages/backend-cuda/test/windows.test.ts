// The names and folders of libraries on Windows, simulated in a process that reports that platform.
import { afterEach, expect, it, vi } from 'vitest';

const platform = process.platform;
const kept = { ...process.env };
afterEach(() => {
  Object.defineProperty(process, 'platform', { value: platform });
  process.env = { ...kept };
  vi.resetModules();
});

it('are the DLLs of CUDA 13 and 12, from the toolkit and from the system', async () => {
  Object.defineProperty(process, 'platform', { value: 'win32' });
  vi.resetModules();
  const { candidates, wanted } = await import('../src/libraries.js');
  for (const name of [
    'DL_CUDA_DRIVER',
    'DL_CUDA_NVRTC',
    'DL_CUDA_CUBLAS',
    'DL_CUDA_LIBRARY_PATH',
  ]) {
    delete process.env[name];
  }
  const names = (name: 'driver' | 'nvrtc' | 'cublas', driver: number | null): string[] =>
    candidates(name, driver).filter((p) => !/[\\/]/.test(p));
  expect(names('driver', null)).toEqual(['nvcuda.dll']);
  expect(names('nvrtc', 13000)).toEqual(['nvrtc64_130_0.dll', 'nvrtc64_120_0.dll']);
  expect(names('nvrtc', 12080)).toEqual(['nvrtc64_120_0.dll']);
  expect(names('cublas', 13000)).toEqual(['cublas64_13.dll', 'cublas64_12.dll']);
  expect(wanted.driver).toBe('nvcuda.dll');
});
