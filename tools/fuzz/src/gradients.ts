// Programs of the gradients of operators at the points where formulas go wrong: kinks, poles, zeros, infinities, NaN.
import { type Instruction, literal, type Program, type Value } from './program.js';

const points = [
  ...[0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 6, 30, -30],
  ...[Infinity, -Infinity, NaN, 3e38, -3e38],
];

const ordinary = [0.3, 0.5, 0.9, 1.5, 2, 5, -0.3, -0.5, -0.9, -1.5, -2, -5];

/** Operators of one tensor, with what follows it. */
const ofOne: readonly (readonly [op: string, ...rest: number[]])[] = [
  ...[
    ...['neg', 'abs', 'square', 'frac', 'reciprocal', 'exp', 'exp2', 'expm1'],
    ...['log', 'log2', 'log10', 'log1p', 'sqrt', 'rsqrt', 'erf', 'erfc', 'lgamma', 'digamma'],
    ...['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'deg2rad'],
    ...['sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'sigmoid'],
    ...['relu', 'silu', 'relu6', 'softsign', 'mish', 'hardtanh', 'hardswish', 'selu'],
    ...['logsigmoid', 'gelu', 'elu', 'leakyRelu', 'softplus'],
  ].map((op): [string] => [op]),
  ['clamp', -1, 2],
  ...[0, 0.5, 1, 2, 3, -1, -0.5].map((p): [string, number] => ['pow', p]),
];

/** Operators of two tensors of one shape, and losses. */
const ofTwo = ['mul', 'div', 'maximum', 'minimum', 'fmod', 'remainder', 'atan2', 'pow'];
const losses = [
  ...['mseLoss', 'l1Loss', 'smoothL1Loss', 'huberLoss', 'klDiv'],
  'binaryCrossEntropyWithLogits',
];

/**
 * Where second derivatives are meant to be others than PyTorch's, as known.json says: for these the points are left out in
 * the second pass.
 */
const notTwice: { readonly [op: string]: (...x: number[]) => boolean } = {
  mish: (x) => x > 1e38,
  digamma: (x) => x === Infinity || (x < 0 && Number.isInteger(x)),
  lgamma: (x) => x === Infinity,
  pow: (x, y) => (y === undefined ? x === -Infinity || x === 0 : x === 0 || (y === 0 && !(x > 0))),
  atan2: (y, x) => y === 0 && x === 0,
};

/** Rows that a reduction or a normalization sees. */
const lists: readonly (readonly number[])[] = [
  [1, 2, 3],
  [0, 2, 3],
  [0, 0, 3],
  [0, 0, 0],
  [2, 2, 2],
  [2, 2, -1],
  [2, NaN, 3],
  [0, NaN, 3],
  [0, 0, NaN],
  [Infinity, 2, 3],
  [-Infinity, 2, 3],
  [Infinity, Infinity, 1],
  [-Infinity, -Infinity, -Infinity],
  [Infinity, -Infinity, 1],
  [0, Infinity, 1],
  [3e38, 3e38, 1],
  [1e-30, 1e-30, 1e-30],
  [5],
  [0],
  [NaN],
  [Infinity],
];

type Options = { readonly [name: string]: Value };
type Call = readonly [op: string, args: readonly Value[], options?: Options];

/** What gives one number of a row. */
const reductions: readonly Call[] = [
  ...['sum', 'mean', 'prod', 'std', 'var', 'max', 'median'].map((op): Call => [op, []]),
  ...['prod', 'logsumexp', 'amax', 'amin'].map((op): Call => [op, [0]]),
  ...[0, 0.5, 1, 1.5, 2, 3, Infinity, -Infinity, -1].map((p): Call => ['norm', [literal(p), 0]]),
  ['std', [], { correction: 0 }],
];

/** What gives a row of a row. */
const scans = ['softmax', 'logSoftmax', 'cumsum', 'cumprod'].map((op): Call => [op, [0]]);
const normalizations = ['layerNorm', 'rmsNorm'];

/** What compares two rows. */
const similarities: readonly Call[] = [
  ['cosineSimilarity', [], { dim: 0 }],
  ...[1, 2, 3, Infinity].map((p): Call => ['pairwiseDistance', [], { p: literal(p), eps: 0 }]),
];

/** The norms have no derivatives at 0, where known.json says what the second ones are. */
const isNorm = (op: string): boolean => [...similarities, ['norm']].some(([name]) => name === op);
const hasZeros = (rows: readonly (readonly number[])[]): boolean =>
  rows.some((row) => row.includes(0)) || (rows[1] ?? []).some((x, i) => x === rows[0]?.[i]);

const leaf = (out: number, data: readonly number[], requiresGrad: boolean): Instruction => ({
  out,
  op: 'tensor',
  args: [data.map(literal)],
  options: { dtype: { d: 'float32' }, requiresGrad },
});

/** The gradients of a call by its operands, or those of one of the gradients. */
function program(
  rows: readonly (readonly number[])[],
  [op, args, options]: Call,
  up: number,
  weighted: boolean,
  of: number | null,
  weight = 1,
): Program {
  const leaves = rows.map((_, r) => ({ r }));
  const weights = { r: rows.length };
  const y = rows.length + 1;
  const instructions: Instruction[] = [
    ...rows.map((row, r) => leaf(r, row, true)),
    leaf(
      rows.length,
      (rows[0] ?? []).map((_, n) => (weighted ? n + 1 : weight)),
      false,
    ),
    { out: y, op, args: [...leaves, ...args], ...(options && { options }) },
    { out: y + 1, op: 'mul', args: [{ r: y }, literal(up)] },
    ...(weighted
      ? [{ out: y + 2, op: 'mul', args: [{ r: y + 1 }, weights] } satisfies Instruction]
      : []),
  ];
  const next = y + (weighted ? 3 : 2);
  const recorded = { allowUnused: true, ...(of === null ? {} : { createGraph: true }) };
  instructions.push(
    { out: next, op: 'sum', args: [{ r: next - 1 }] },
    { out: next + 1, op: 'grad', args: [{ r: next }, leaves], options: recorded },
  );
  if (of !== null) {
    instructions.push({
      out: next + 2,
      op: 'grad',
      args: [{ r: next + 1, k: of }, leaves],
      options: { ...recorded, gradOutputs: weights },
    });
  }
  const what = `${op}(${JSON.stringify([...args, options ?? {}])}) times ${up}`;
  const seed = `${what}, ${of === null ? 'once' : `twice by ${of}${weight === 1 ? '' : ` times ${weight}`}`}, at ${rows[0]?.length === points.length ** 2 ? 'all pairs' : rows.map((row) => `[${row}]`).join(' ')}`;
  return { seed, instructions };
}

const isElementwise = (rows: readonly (readonly number[])[]): boolean =>
  (rows[0]?.length ?? 0) >= points.length;

/** A call's first gradients, under what may come from above, and its second ones. */
function* programsOf(
  rows: readonly (readonly number[])[],
  call: Call,
  weighted = false,
): Generator<Program> {
  for (const up of [1, 0, Infinity]) yield program(rows, call, up, weighted, null);
  const [op] = call;
  if (isNorm(op) && hasZeros(rows)) return;
  const apart = notTwice[op];
  const [first = []] = rows;
  const kept = first.flatMap((_, n) => (apart?.(...rows.map((row) => row[n])) ? [] : [n]));
  const left = rows.map((row) => kept.map((n) => row[n]));
  for (const up of [1, 0]) {
    for (const of of rows.keys()) yield program(left, call, up, weighted, of);
  }
  // Products of what comes from above overflow, beside factors that may be 0.
  if (isElementwise(rows)) {
    for (const of of rows.keys()) yield program(left, call, -1e21, false, of, 1e21);
  }
}

/**
 * Gradients under nearly the largest number, where what is multiplied before it is divided overflows, and second ones of
 * which the products do: a program for each point, since one in which something overflows is not compared.
 */
function* largest(rows: readonly (readonly number[])[], call: Call): Generator<Program> {
  for (const row of rows) {
    const points = row.map((x) => [x]);
    yield program(points, call, 3e38, false, null);
    if (notTwice[call[0]]?.(...row)) continue;
    for (const of of row.keys()) yield program(points, call, -1e21, false, of, 1e21);
  }
}

/** The programs, named by their seeds. */
export function* gradientPrograms(): Generator<Program> {
  for (const [op, ...rest] of ofOne) {
    yield* programsOf([points], [op, rest]);
    yield* largest(
      ordinary.map((x) => [x]),
      [op, rest],
    );
  }
  const pairs = points.flatMap((a) => points.map((b) => [a, b] as const));
  const columns = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
  for (const op of ofTwo) {
    yield* programsOf(columns, [op, []]);
    yield* largest(
      ordinary.map((x, i) => [x, ordinary.at(i - 3) as number]),
      [op, []],
    );
  }
  for (const op of losses) yield* programsOf(columns, [op, [], { reduction: 'none' }]);
  for (const row of lists) {
    for (const call of reductions) yield* programsOf([row], call);
    for (const call of scans) yield* programsOf([row], call, true);
    for (const op of normalizations) yield* programsOf([row], [op, [[row.length]]], true);
    for (const call of similarities) {
      for (const other of [row, row.map(() => 0), row.map(() => 2)])
        yield* programsOf([row, other], call);
    }
  }
}
