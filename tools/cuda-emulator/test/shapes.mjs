// Run by a test in a process of its own: operands larger than the suite's, on cuda beside the CPU; prints what differs.
import { cuda } from '@dl/backend-cuda';
import { fromTypedArray, layerNorm, memory, scope } from '@dl/core';

// Or on the device that collects sources for the real compiler (`pnpm cuda-sources`).
if (process.env.DL_CUDA_SOURCES) {
  await (await import('../../scripts/lib/cuda-recorder.mjs')).init(4);
} else {
  await cuda.init();
}
const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array };
const filled = (shape, seed, dtype = 'float32') => {
  const n = shape.reduce((a, b) => a * b, 1);
  const at = (i) => Math.sin(i * 0.37 + seed) * (dtype === 'int32' ? 1000 : 1);
  return fromTypedArray(arrays[dtype].from({ length: n }, (_, i) => at(i))).view(shape);
};
const cases = [];
const add = (name, inputs, f, tolerance = 1e-4) => cases.push({ name, inputs, f, tolerance });

// Products: every tile, either way of reading, more than one slab of summed elements, sums shared by blocks.
for (const dtype of ['float32', 'float64', 'int32']) {
  for (const [m, n, k] of [
    [260, 257, 40],
    [70, 130, 300],
    [33, 20, 261],
    [5, 7, 5000],
    [64, 64, 1],
  ]) {
    const left = filled([m, k], 1, dtype);
    const right = filled([k, n], 2, dtype);
    add(`product ${m} ${n} ${k} ${dtype}`, [left, right], (a, b) => a.matmul(b));
    if (dtype !== 'float32') continue;
    const [turnedLeft, turnedRight] = [filled([k, m], 1), filled([n, k], 2)];
    add(`turned ${m} ${n} ${k}`, [turnedLeft, turnedRight], (a, b) => a.t().matmul(b.t()));
  }
}
add('products', [filled([3, 40, 50], 1), filled([3, 50, 45], 2)], (a, b) => a.matmul(b));

// Reductions: lanes of a column, warps of a column, columns side by side, two stages.
for (const dtype of ['float32', 'float64', 'int32']) {
  for (const shape of [[100_003], [300, 700], [5000, 33], [3, 20_000], [40, 6]]) {
    const x = filled(shape, 3, dtype);
    const flat = x.view([-1]);
    add(`sum ${shape} ${dtype}`, [flat], (a) => a.sum(), 1e-3);
    add(`argmax ${shape} ${dtype}`, [flat], (a) => a.argmax());
    if (shape.length === 1) continue;
    for (const d of [0, 1]) {
      add(`sum ${shape} over ${d} ${dtype}`, [x], (a) => a.sum(d), 1e-3);
      add(`max ${shape} over ${d} ${dtype}`, [x], (a) => a.amax(d));
      add(`argmin ${shape} over ${d} ${dtype}`, [x], (a) => a.argmin(d));
    }
  }
}
// Four neighbors at a time, and where that cannot be: starts that are not aligned, rows that do not begin where
// fours do, ends of rows that four does not divide.
for (const [rows, n, width] of [
  [1, 5001, 5001],
  [20, 701, 701],
  [20, 702, 704],
  [3, 5003, 5004],
]) {
  for (const start of [0, 1, 4]) {
    const x = filled([rows * width + start], 4);
    const cut = (a) =>
      a
        .narrow(0, start, rows * width)
        .view([rows, width])
        .narrow(1, 0, n);
    const name = `${rows} ${n} of ${width} from ${start}`;
    add(`sum of rows ${name}`, [x], (a) => cut(a).sum(1), 1e-3);
    add(`dot of rows ${name}`, [x, x.mul(2)], (a, b) => cut(a).mul(cut(b)).sum(1), 1e-3);
    add(`argmin of rows ${name}`, [x], (a) => cut(a).argmin(1));
    add(`any of rows ${name}`, [x], (a) => cut(a.gt(0.9999)).any(1));
  }
}

// Maps: lengths that four does not divide, starts that are not aligned, steps, repeated operands.
for (const n of [1, 3, 4, 1021, 5000]) {
  const [a, b] = [filled([n + 8], 1), filled([n + 8], 2)];
  for (const start of [0, 1, 4]) {
    const cut = (x) => x.narrow(0, start, n);
    add(`add ${n} from ${start}`, [a, b], (x, y) => cut(x).add(cut(y)));
    add(`add ${n} from ${start} and 0`, [a, b], (x, y) => cut(x).mul(y.narrow(0, 0, n)));
  }
  add(`double ${n}`, [filled([n], 1, 'float64')], (x) => x.exp());
  add(`bool ${n}`, [a], (x) => x.gt(0).logicalNot());
}
add('turned sum', [filled([70, 90], 1), filled([90, 70], 2)], (a, b) => a.t().add(b));
for (const [m, n] of [
  [64, 64],
  [33, 100],
  [16, 17],
]) {
  const x = filled([3, m, n], 1);
  add(`turned copy ${m} ${n}`, [x], (a) => a.transpose(1, 2).contiguous());
  add(`turned outermost ${m} ${n}`, [x], (a) => a.transpose(0, 2).contiguous());
  add(`turned two of three ${m} ${n}`, [x, filled([3, n, m], 2), filled([m], 3)], (a, b, c) =>
    a.transpose(1, 2).mul(a.transpose(1, 2).exp()).add(b).mul(c),
  );
  add(`turned from 5 ${m} ${n}`, [filled([m * n + 5], 1, 'float64')], (a) =>
    a
      .narrow(0, 5, m * n)
      .view([m, n])
      .t()
      .add(1),
  );
  add(`turned bool ${m} ${n}`, [x], (a) => a.gt(0).transpose(1, 2).logicalNot());
}
add('repeated row', [filled([70, 90], 1), filled([90], 2)], (a, b) => a.add(b));
add('one element', [filled([1000], 1), filled([1], 2)], (a, b) => a.mul(b));

// Folds: rows held in registers or read again, four at a time or one by one, a warp or a block each; columns.
for (const [rows, n] of [
  [50, 1000],
  [3, 1001],
  [70, 200],
  [70, 201],
  [9, 3],
  [300, 5],
  [2, 4000],
  [2, 4001],
  [3, 6000],
]) {
  const x = filled([rows, n], 1);
  add(`softmax ${rows} ${n}`, [x], (a) => a.softmax(1));
  add(`softmax ${rows} ${n} from 1`, [filled([rows * n + 1], 1)], (a) =>
    a
      .narrow(0, 1, rows * n)
      .view([rows, n])
      .softmax(1),
  );
  add(`logSoftmax ${n} ${rows} of columns`, [filled([n, rows], 1)], (a) => a.logSoftmax(0));
  add(`softmax ${rows} ${n} float64`, [filled([rows, n], 1, 'float64')], (a) => a.softmax(1));
  add(`layerNorm ${rows} ${n}`, [x, filled([n], 2), filled([n], 3)], (a, w, b) =>
    layerNorm(a, [n], w, b),
  );
}

// Lines longer than a block.
add('cumsum', [filled([3, 1500], 1)], (a) => a.cumsum(1), 1e-3);
add('sort', [filled([2, 3000], 1)], (a) => a.sort(1).values);
add('argsort', [filled([2, 1500], 1)], (a) => a.argsort(0));

let failed = 0;
for (const { name, inputs, f, tolerance } of cases) {
  const expected = f(...inputs).data();
  const there = inputs.map((x) => x.to('cuda'));
  const result = scope(() => f(...there));
  const got = (await result.cpu()).data();
  let wrong = expected.length === got.length ? -1 : 0;
  for (let i = 0; i < expected.length && wrong < 0; i++) {
    const [x, y] = [Number(expected[i]), Number(got[i])];
    if (!(Math.abs(x - y) <= tolerance * (1 + Math.abs(x)))) wrong = i;
  }
  if (wrong >= 0) {
    failed++;
    console.log(`${name}: ${got[wrong]} instead of ${expected[wrong]} at ${wrong}`);
  }
  for (const x of [...there, result]) x.dispose();
}
console.log(`${cases.length} cases, ${failed} differ, ${memory()['cuda:0']?.live ?? 0} bytes left`);
