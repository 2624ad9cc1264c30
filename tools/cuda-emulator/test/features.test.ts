// What the device can do besides computing: several devices, names, TF32, waiting without blocking, memory.
import { expect, it } from 'vitest';
import { run } from './helper.js';

/** The lines that a program prints, with the package and the core at hand. */
function lines(body: string, extra: NodeJS.ProcessEnv = {}): string[] {
  const program = `import { cuda } from '@dl/backend-cuda'; import { tensor, zeros, ones, memory, scope } from '@dl/core';
await cuda.init();
${body}`;
  const { out, err, status } = run(['--input-type=module', '-e', program], extra);
  expect(err).toBe('');
  expect(status).toBe(0);
  return out.trim().split('\n');
}

it('names, capabilities and properties of two devices', () => {
  const said =
    lines(`console.log(cuda.deviceCount(), cuda.getDeviceName(0), cuda.getDeviceName('cuda:1'));
console.log(cuda.getDeviceCapability(1).join('.'), cuda.getDeviceProperties(0).multiProcessorCount);`);
  expect(said).toEqual(['2 CUDA emulator 0 CUDA emulator 1', '9.0 4']);
});

it('tensors on the second device, and moved between them', () => {
  const said = lines(`const x = tensor([1, 2, 3]).to('cuda:1'); const y = x.mul(2);
console.log(y.device, memory()['cuda:0'].live, memory()['cuda:1'].live > 0);
cuda.setDevice(1); console.log(cuda.currentDevice(), tensor([1]).to('cuda').device);
try { x.add(tensor([1, 1, 1]).to('cuda:0')); } catch (e) { console.log(e.constructor.name, /cuda:0/.test(e.message), /cuda:1/.test(e.message)); }
console.log((await y.cpu()).toArray().join());`);
  expect(said).toEqual(['cuda:1 0 true', '1 cuda:1', 'DeviceError true true', '2,4,6']);
});

it('TF32 is off until it is switched on', () => {
  // 1 + 2^-12 is 1 with ten bits of fraction.
  const said =
    lines(`const x = tensor([[1.000244140625]]).to('cuda'), one = tensor([[1]]).to('cuda');
const product = async () => (await x.matmul(one).cpu()).item();
console.log(cuda.getAllowTf32(), await product());
cuda.setAllowTf32(true); console.log(cuda.getAllowTf32(), await product());
cuda.setAllowTf32(false); console.log(await product());`);
  expect(said).toEqual(['false 1.000244140625', 'true 1', '1.000244140625']);
});

it('the event loop goes on while values come back and while the device is waited for', () => {
  const said = lines(`let turns = 0; const timer = setInterval(() => turns++, 1);
let x = ones([300, 300], { dtype: 'int32', device: 'cuda' });
for (let i = 0; i < 2; i++) x = x.matmul(x).remainder(7);
await x.cpu(); const first = turns; x = x.matmul(x); await cuda.synchronize();
clearInterval(timer); console.log(first > 5, turns > first + 2);`);
  expect(said).toEqual(['true true']);
});

it('memory: what is freed is used again, peaks, the summary', () => {
  const said = lines(`const mib = 2 ** 20;
const x = zeros([mib], { device: 'cuda' }); x.dispose();
const y = zeros([mib], { device: 'cuda' });
const taken = cuda.memoryStats().taken;
console.log(cuda.memoryAllocated() / mib, cuda.maxMemoryAllocated() / mib);
zeros([mib], { device: 'cuda' }).dispose();
console.log(cuda.maxMemoryAllocated() / mib); cuda.resetPeakMemoryStats(); console.log(cuda.maxMemoryAllocated() / mib);
console.log(cuda.memoryStats().taken - taken, cuda.memoryReserved() >= 8 * mib);
y.dispose(); cuda.emptyCache(); console.log(cuda.memoryReserved());
console.log(cuda.memorySummary().split('\\n').length, /free on the device +4096\\.0 MiB of 4096\\.0 MiB/.test(cuda.memorySummary()));`);
  expect(said).toEqual(['4 4', '8', '4', '1 true', '0', '10 true']);
});
