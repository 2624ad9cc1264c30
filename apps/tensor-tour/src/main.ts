// A tour of tensors: creation, arrays, joining, indexing, arithmetic, shapes, reductions, devices.
import { cuda } from '@dl/backend-cuda';
import { webgpu } from '@dl/backend-webgpu';
import {
  arange,
  cat,
  fromArray,
  fromTypedArray,
  manualSeed,
  ones,
  randn,
  stack,
  type Tensor,
  tensor,
} from '@dl/core';
import { loadNpy, saveNpyBytes } from '@dl/io';

const show = (what: string, x: unknown): void => console.log(`${what} =`, x);
manualSeed(0);

console.log('# Creating tensors');
show('tensor([3, 4])', tensor([3, 4]));
show("tensor([3, 4], { dtype: 'int32' })", tensor([3, 4], { dtype: 'int32' }));
show('randn([3, 4])', randn([3, 4]));

console.log('\n# Arrays and back');
const nested = fromArray([
  [1, 2],
  [3, 4],
]);
show('nested.toArray()', nested.toArray());
const numbers = new Float32Array([1, 2, 3]);
const shared = fromTypedArray(numbers, null, { copy: false });
numbers[0] = 9;
show('shared memory', shared);
show('through a .npy file', await loadNpy(saveNpyBytes(shared)));

console.log('\n# Joining: stack adds a dimension, cat does not');
const [x, y] = [ones([3, 4]), ones([3, 4])];
show('stack([x, y], 0).shape', stack([x, y], 0).shape);
show('cat([x, y], 0).shape', cat([x, y], 0).shape);

console.log('\n# Indexing');
const t = arange(12).view([3, 4]).to('float32');
show('t', t);
show('t.at(0)', t.at(0));
show("t.at('1:3', ':2')", t.at('1:3', ':2'));
show("t.at('...', -1)", t.at('...', -1));
show('t.at(t.gt(6))', t.at(t.gt(6)));
show('t.at(tensor([2, 0]))', t.at(tensor([2, 0], { dtype: 'int32' })));
const changed = t.clone();
changed.set([0, '1:3'], -1);
show("after set([0, '1:3'], -1)", changed);

console.log('\n# Arithmetic');
const [a, b] = [tensor([1, 2, 3]), tensor([4, 5, 6])];
show('a.add(b)', a.add(b));
show('a.mul(b)', a.mul(b));
show('a.div(b)', a.div(b));
show('a.pow(2)', a.pow(2));
show('t.matmul(t.t())', t.matmul(t.t()));
a.add_(10);
show('after a.add_(10), a', a);

console.log('\n# Shapes');
show('t.view([2, 6])', t.view([2, 6]));
show('t.view([-1, 6]).shape', t.view([-1, 6]).shape);
show('t.view([12])', t.view([12]));
const z = randn([4, 3]);
show('z.unsqueeze(1).shape', z.unsqueeze(1).shape);
show('z.unsqueeze(1).squeeze(1).shape', z.unsqueeze(1).squeeze(1).shape);
t.view([12]).set([0], 100);
show('a view shares memory: t.at(0, 0)', t.at(0, 0).item());

console.log('\n# Reductions: dimension 0 goes down the columns, 1 along the rows');
const m = tensor([
  [1, 9, 2],
  [8, 3, 7],
]);
const { values, indices } = m.max(1);
show('m.max(1).values', values);
show('m.max(1).indices', indices.to('int64'));
show('m.min(0).values', (m.min(0) as { values: Tensor }).values);
show('m.argmax()', m.argmax().item());
show('m.sort(1).values', m.sort(1).values);
show('m.topk(2).values', m.topk(2).values);
show('m.sum(0)', m.sum(0));
show('m.sum()', m.sum());
show('m.mean(1)', m.mean(1));
show('m.std(0)', m.std(0));
show('m.var()', m.var());
show('m.prod(1)', m.prod(1));
show('m.norm()', m.norm());
show('m.cumsum(1)', m.cumsum(1));

console.log('\n# Devices');
show('cuda.isAvailable()', cuda.isAvailable());
show('cuda.deviceCount()', cuda.deviceCount());
show('await webgpu.isAvailable()', await webgpu.isAvailable());
const thereAndBack = async (device: string): Promise<void> => {
  const there = m.to(device);
  show('there.device', there.device);
  try {
    there.toArray();
  } catch (error) {
    console.log((error as Error).message);
  }
  show('await there.mul(2).cpu()', await there.mul(2).cpu());
};
if (await webgpu.isAvailable()) {
  await webgpu.init();
  await thereAndBack('webgpu');
}
// A device that is not initialized: the error says what to do.
try {
  m.to('cuda');
} catch (error) {
  console.log((error as Error).message);
}
if (cuda.isAvailable()) {
  await cuda.init();
  await thereAndBack('cuda');
}
