// Planted faults are caught, each with the line of the kernel; what is right runs and gives the right numbers.
import { describe, expect, it } from 'vitest';
import { launch } from './helper.js';

const seeds = ['0', '1', '2', '3'];
const reversed = (middle: string): string =>
  `__shared__ float s[64];\ns[threadIdx.x] = a[threadIdx.x];\n${middle}\nb[threadIdx.x] = s[blockDim.x - 1 - threadIdx.x];`;
const numbers = (n: number, f: (i: number) => number): string =>
  `${JSON.stringify(Array.from({ length: n }, (_, i) => f(i)))}\n`;

describe('what is right', () => {
  it('gives the same numbers for every order of threads', () => {
    for (const DL_CUDA_EMULATOR_SEED of seeds) {
      const { out, err } = launch(
        reversed('__syncthreads();'),
        { block: 64, bytes: 256 },
        { DL_CUDA_EMULATOR_SEED },
      );
      expect(err).toBe('');
      expect(out).toBe(numbers(64, (i) => 63 - i));
    }
  });

  it('shuffles, ballots and warp barriers', () => {
    const { out, err } = launch(`float v = a[threadIdx.x];
for (int d = 16; d > 0; d /= 2) v += __shfl_xor_sync(0xffffffffu, v, d);
const unsigned odd = __ballot_sync(0xffffffffu, threadIdx.x & 1);
const float up = __shfl_up_sync(0xffffffffu, a[threadIdx.x], 1);
__syncwarp();
b[threadIdx.x] = v + (odd == 0xaaaaaaaau ? 1000 : 0) + up;`);
    expect(err).toBe('');
    expect(out).toBe(numbers(32, (i) => 1496 + Math.max(i - 1, 0)));
  });

  it('atomics over blocks', () => {
    const { out, err } = launch('atomicAdd(&b[threadIdx.x % 4], 1.0f);', { grid: 64 });
    expect(err).toBe('');
    expect(out).toBe(numbers(32, (i) => (i < 4 ? 512 : 0)));
  });
});

describe('planted faults', () => {
  const faults: readonly [string, string, RegExp, object?][] = [
    ['a missing barrier', reversed(''), /line [356],.*(race on shared memory|nothing was written)/],
    [
      'a race between two writers',
      '__shared__ float s[1];\ns[0] = a[threadIdx.x];\n__syncthreads();\nb[threadIdx.x] = s[0];',
      /line 3,.*race on shared memory: thread \d+ writes what thread \d+ wrote/,
    ],
    [
      'shared memory that nobody wrote',
      '__shared__ float s[32];\nb[threadIdx.x] = s[threadIdx.x];',
      /line 3,.*shared memory is read that nothing was written to/,
    ],
    [
      'a shared array that is left',
      '__shared__ float s[32];\ns[threadIdx.x + 1] = 1.0f;',
      /line 3,.*index 32 of a shared array of 32/,
    ],
    ['a read past the end', 'b[threadIdx.x] = a[threadIdx.x + 1];', /line 2,.*past its end/],
    [
      'a write past the end',
      'b[threadIdx.x + 1] = 1.0f;',
      /line 2,.*byte 128 of a buffer of 128 bytes \(argument 1\): past its end/,
    ],
    [
      'a write before the start',
      'b[(int)threadIdx.x - 1] = 1.0f;',
      /wrote before the start of a buffer of 128 bytes/,
    ],
    [
      'a vector that does not start where vectors do',
      'struct V { float x[4]; };\n*(V*)__builtin_assume_aligned(b + 1 + threadIdx.x / 32 * 4, 16) = V{};',
      /line 3,.*16 bytes at byte 4 of a buffer: misaligned/,
    ],
    [
      'a thread that leaves before a barrier',
      'if (threadIdx.x == 7) return;\n__syncthreads();',
      /line 3,.*deadlock: 31 of 32 threads wait at __syncthreads\(\) and 1 have returned/,
    ],
    [
      'different barriers',
      'if (threadIdx.x < 9) __syncthreads();\nelse\n__syncthreads();',
      /deadlock: threads wait at different __syncthreads\(\)/,
    ],
    [
      'a warp that is not whole',
      'if (threadIdx.x < 16) b[threadIdx.x] = __shfl_down_sync(0xffffffffu, a[threadIdx.x], 1);',
      /line 2,.*deadlock: 16 threads wait for lanes/,
    ],
    ['a buffer that was freed', 'b[threadIdx.x] = a[threadIdx.x];', /use|freed/, { dispose: true }],
    [
      'null',
      'b = nullptr;\nb[threadIdx.x] = 1.0f;',
      /line 3,.*no buffer of this launch|without an address/,
    ],
  ];
  for (const [name, body, message, how] of faults) {
    it(name, () => {
      for (const DL_CUDA_EMULATOR_SEED of ['0', '3']) {
        const { err, status } = launch(body, how ?? {}, { DL_CUDA_EMULATOR_SEED });
        expect(err).toMatch(message);
        expect(status).not.toBe(0);
      }
    });
  }

  it('a leaked buffer is named at the end', () => {
    const body = 'b[threadIdx.x] = a[threadIdx.x];';
    const leaks = { DL_CUDA_EMULATOR_LEAKS: '1' };
    expect(launch(body, {}, leaks).err).toContain('0 buffers leaked');
    const { err } = launch(body, { free: false }, leaks);
    expect(err).toContain('leak: a buffer of 128 bytes on device 0');
    expect(err).toContain('2 buffers leaked, 256 bytes');
  });

  it('what does not compile says where', () => {
    expect(launch('b[0] = nothing;').err).toMatch(/k\.cu:2:.*nothing/);
  });
});
