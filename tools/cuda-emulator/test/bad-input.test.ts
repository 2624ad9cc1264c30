// What @dl/backend-cuda says when the driver, the device, the compiler, memory or the disk cache is not as it should be.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { environment, home, run } from './helper.js';

const folder = mkdtempSync(join(tmpdir(), 'dl-cuda-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = (body: string): string[] => [
  '--input-type=module',
  '-e',
  `import { cuda } from '@dl/backend-cuda'; import { tensor, zeros } from '@dl/core';
const attempt = async (f) => { try { console.log('got', await f()); } catch (e) { console.log(e.constructor.name + ': ' + e.message); } };
${body}`,
];
const say = (body: string, extra: NodeJS.ProcessEnv = {}): string => run(program(body), extra).out;
const init = 'await attempt(() => cuda.init().then(() => "ready"));';
const add = 'await attempt(async () => (await tensor([1]).to("cuda").add(1).cpu()).item());';

describe('opening', () => {
  it('works', () => expect(say(init + add)).toBe('got ready\ngot 2\n'));

  it('a driver that is too old', () => {
    const out = say(init, { DL_CUDA_EMULATOR_VERSION: '11080' });
    expect(out).toMatch(
      /^DeviceError: cuda: the driver supports CUDA 11\.8, but at least 12\.0 is required.*update NVIDIA's driver/,
    );
  });

  it('a driver without a device', () => {
    const out = say(init, { DL_CUDA_EMULATOR_DEVICES: '0' });
    expect(out).toMatch(/^DeviceError: cuda: the driver finds no device; see `nvidia-smi`/);
  });

  it('a driver that does not start', () => {
    const out = say(init, { DL_CUDA_EMULATOR_FAIL: 'cuInit:803' });
    expect(out).toMatch(/^DeviceError: cuda: .*CUDA_ERROR_SYSTEM_DRIVER_MISMATCH/);
  });

  it('no NVRTC', () => {
    const out = say(init, { DL_CUDA_NVRTC: '/nowhere/libnvrtc.so.13' });
    expect(out).toMatch(
      /^DeviceError: cuda: NVRTC.*is not available: libnvrtc\.so\.13.*DL_CUDA_NVRTC/,
    );
  });
});

describe('the binary', () => {
  const repair =
    /run `npm install --force @dl\/backend-cuda`, or build it .*`npm run build:native`/;

  it('is missing', () => {
    const out = say(init, { DL_CUDA_ADDON: '/nowhere/dl-cuda.node' });
    expect(out).toMatch(/^DeviceError: cuda: .*Cannot find module/);
    expect(out).toMatch(repair);
  });

  it('is damaged', () => {
    const file = join(folder, 'damaged.node');
    writeFileSync(file, 'no library');
    const out = say(init, { DL_CUDA_ADDON: file });
    expect(out).toMatch(/^DeviceError: cuda: the binary for .* does not load/);
    expect(out).toMatch(repair);
  });

  it('takes only the process down that tries it', () => {
    // A library whose start is an abort, as one for other processors may end.
    const [source, file] = [join(folder, 'abort.c'), join(folder, 'abort.node')];
    writeFileSync(
      source,
      '#include <stdlib.h>\n__attribute__((constructor)) void start(void) { abort(); }\n',
    );
    const built = spawnSync(process.env.CXX ?? 'g++', [
      '-x',
      'c',
      '-shared',
      '-fPIC',
      source,
      '-o',
      file,
    ]);
    expect(built.status).toBe(0);
    const out = say(init, { DL_CUDA_ADDON: file });
    expect(out).toMatch(/^DeviceError: cuda: the binary for .* does not load \(signal SIGABRT/);
    expect(out).toMatch(repair);
  });
});

describe('memory', () => {
  it('a cache that fills the device is given back before anything fails', () => {
    const out = say(
      `await cuda.init();
for (let i = 1; i < 12; i++) zeros([2 ** 20 * i], { device: 'cuda' }).dispose();
await cuda.synchronize(); console.log(cuda.memoryStats().retries > 0);`,
      { DL_CUDA_EMULATOR_MEMORY: '64' },
    );
    expect(out).toBe('true\n');
  });

  it('out of memory names the sizes, and the device still works', () => {
    const out = say(
      `await cuda.init(); const keep = [];
await attempt(() => { for (;;) keep.push(zeros([2 ** 22], { device: 'cuda' })); });
for (const x of keep) x.dispose();
${add}`,
      { DL_CUDA_EMULATOR_MEMORY: '64' },
    );
    expect(out).toMatch(
      /^DeviceError: .*out of device memory: tried to allocate 16\.\d+ MiB; tensors hold .*free on the device .* of 64\.\d+ MiB.*\ngot 2\n$/,
    );
  });
});

describe('a device that failed', () => {
  it('is unusable, and says so at each call; another device goes on', () => {
    const out = say(
      `await cuda.init(); ${add} ${add}
await attempt(() => cuda.synchronize());
await attempt(async () => (await tensor([1]).to("cuda:1").cpu()).item());`,
      { DL_CUDA_EMULATOR_FAIL: 'cuLaunchKernel:700:0:1' },
    );
    const [first, second, third, fourth] = out.split('\n');
    for (const line of [first, second, third]) {
      expect(line).toMatch(
        /^DeviceError: .*'cuda:0'.*unusable since then: .*CUDA_ERROR_ILLEGAL_ADDRESS/,
      );
    }
    expect(fourth).toBe('got 1');
  });
});

describe('the disk cache', () => {
  const files = (cache: string): string[] =>
    readdirSync(cache).filter((name) => name.endsWith('.cubin'));

  it('two processes fill it at once', async () => {
    const cache = join(folder, 'shared');
    const env = { ...environment, DL_CUDA_CACHE: cache, DL_CUDA_EMULATOR_CACHE: join(folder, 'k') };
    const body = `await cuda.init(); let x = tensor([1, 2, 3]).to('cuda');
x = x.add(1).mul(2).exp().log().sqrt(); console.log(Array.from((await x.sum().cpu()).data(), (v) => v.toFixed(3)).join());`;
    const outs = await Promise.all(
      [0, 1].map(
        () =>
          new Promise<string>((done) => {
            const child = spawn(process.execPath, program(body), { env, cwd: home });
            let out = '';
            child.stdout.on('data', (part) => {
              out += part;
            });
            child.stderr.on('data', (part) => {
              out += part;
            });
            child.on('close', () => done(out));
          }),
      ),
    );
    expect(outs).toEqual(['7.278\n', '7.278\n']);
    expect(files(cache).length).toBeGreaterThan(4);
    expect(readdirSync(cache).some((name) => name.startsWith('.') && !name.endsWith('.tmp'))).toBe(
      false,
    );
  });

  it('a damaged file is compiled again', () => {
    const cache = join(folder, 'damaged');
    const stats = `await cuda.init(); ${add} console.log(cuda.kernelStats().compiled);`;
    expect(say(stats, { DL_CUDA_CACHE: cache })).toBe('got 2\n1\n');
    expect(say(stats, { DL_CUDA_CACHE: cache })).toBe('got 2\n0\n');
    const [name] = files(cache);
    const content = readFileSync(join(cache, name));
    content[content.length - 100] ^= 1;
    writeFileSync(join(cache, name), content);
    expect(say(stats, { DL_CUDA_CACHE: cache })).toBe('got 2\n1\n');
    writeFileSync(join(cache, name), '');
    expect(say(stats, { DL_CUDA_CACHE: cache })).toBe('got 2\n1\n');
  });
});
