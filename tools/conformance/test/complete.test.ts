// That nothing which core exports is left out.
import { readFileSync } from 'node:fs';
import * as dl from '@dl/core';
import { describe, expect, it } from 'vitest';
import { allCases, elementwiseExports, errorOperators, rows } from '../src/index.js';

/** Exports that are not operators, and where their tests are. */
const elsewhere: Readonly<Record<string, string>> = {
  aliasDevice: 'packages/core/test/registry.test.ts',
  Elementwise: 'the class behind operators, used by all of them',
  Generator: 'packages/core/test/random.test.ts',
  Tensor: 'the class itself',
  slice: 'packages/core/test/operator-options.test.ts',
  alsoSaving: 'packages/core/test/saved-tensors.test.ts',
  inFloat32: 'packages/losses/test/numbers.test.ts',
  maskedSoftmax: 'packages/core/test/numeric-range.test.ts',
  setWarningHandler: 'packages/losses/test/likely-mistakes.test.ts',
  warnOnce: 'packages/losses/test/likely-mistakes.test.ts',
  bernoulli: 'packages/core/test/random-operators.test.ts',
  bernoulli_: 'packages/core/test/random-operators.test.ts',
  binary: 'defines operators',
  cpu: 'used by the suite to read every result',
  data: 'used by the suite to read every result',
  defaultGenerator: 'packages/core/test/random.test.ts',
  defineUpdate: 'packages/core/test/memory.test.ts',
  drawSeed: 'packages/core/test/random.test.ts',
  keep: 'memory.test.ts',
  memory: 'memory.test.ts',
  scope: 'memory.test.ts',
  empty: 'its values are not set; errors are in the table',
  emptyLike: 'its values are not set; errors are in the table',
  enableGrad: 'packages/core/test/autograd.test.ts',
  exponential_: 'packages/core/test/random-operators.test.ts',
  forkRng: 'packages/core/test/random-operators.test.ts',
  getPrintOptions: 'packages/core/test/print.test.ts',
  getRngState: 'packages/core/test/random-operators.test.ts',
  grad: 'packages/core/test/autograd.test.ts',
  initialSeed: 'packages/core/test/random-operators.test.ts',
  isFloat: 'packages/core/test/promotion.test.ts',
  isGradEnabled: 'packages/core/test/autograd.test.ts',
  manualSeed: 'packages/core/test/random-operators.test.ts',
  multinomial: 'packages/core/test/random-operators.test.ts',
  noGrad: 'packages/core/test/autograd.test.ts',
  normal: 'packages/core/test/random-operators.test.ts',
  normal_: 'packages/core/test/random-operators.test.ts',
  promoteTypes: 'packages/core/test/promotion.test.ts',
  rand: 'packages/core/test/random-operators.test.ts',
  randLike: 'packages/core/test/random-operators.test.ts',
  randint: 'packages/core/test/random-operators.test.ts',
  randn: 'packages/core/test/random-operators.test.ts',
  randnLike: 'packages/core/test/random-operators.test.ts',
  queueCallback: 'packages/core/test/backward-pass.test.ts',
  randomSampler: 'packages/core/test/random.test.ts',
  randperm: 'packages/core/test/random-operators.test.ts',
  registerBackend: 'the suite registers a guarded backend',
  slabAllocator: 'packages/core/test/slab.test.ts',
  broadcastStrides: 'every backend walks views by it',
  mergeLoops: 'every backend walks views by it',
  numelOf: 'counts the elements of every tensor',
  isDType: 'packages/nn/test/device.test.ts',
  resultType: 'packages/core/test/promotion.test.ts',
  setGradEnabled: 'packages/core/test/autograd.test.ts',
  setPrintOptions: 'packages/core/test/print.test.ts',
  setRngState: 'packages/core/test/random-operators.test.ts',
  shuffledOrder: 'packages/core/test/random.test.ts',
  fromTransferable: 'packages/core/test/transfer.test.ts',
  toTransferable: 'packages/core/test/transfer.test.ts',
  ternary: 'defines operators',
  unary: 'defines operators',
  uniform_: 'packages/core/test/random-operators.test.ts',
  ...Object.fromEntries(
    ['callable', 'takes', 'variadic', 'isOptionsObject', 'may', 'need', 'Signature'].map((name) => [
      name,
      'packages/core/test/arguments.test.ts',
    ]),
  ),
  clip: 'packages/core/test/arguments-and-in-place-forms.test.ts',
  dictOf: 'packages/core/test/realms.test.ts',
  isPlain: 'packages/core/test/realms.test.ts',
  checkEmbedding: 'packages/nn/test/containers.test.ts',
  isPromise: 'packages/core/test/realms.test.ts',
  tagOf: 'packages/core/test/realms.test.ts',
  needValues: 'packages/nn/test/device.test.ts',
  checkpoint: 'packages/core/test/functional.test.ts',
  Function: 'packages/core/test/functional.test.ts',
  FunctionContext: 'packages/core/test/functional.test.ts',
  hessian: 'packages/core/test/functional.test.ts',
  jacobian: 'packages/core/test/functional.test.ts',
  jvp: 'packages/core/test/functional.test.ts',
  vjp: 'packages/core/test/functional.test.ts',
  gradcheck: 'packages/core/test/functional.test.ts',
  gradgradcheck: 'packages/core/test/functional.test.ts',
  inferenceMode: 'packages/core/test/functional.test.ts',
  isAnomalyEnabled: 'packages/core/test/functional.test.ts',
  setDetectAnomaly: 'packages/core/test/functional.test.ts',
  var: 'the same function as variance',
};

const functions = Object.entries(dl)
  .filter(([name, f]) => typeof f === 'function' && !name.endsWith('Error'))
  .map(([name]) => name);
const inTable = new Set([
  ...elementwiseExports().map((e) => e.name),
  ...rows.map((r) => r.operator),
]);

describe('completeness', () => {
  it('every exported function is in the table, or its tests are named', () => {
    expect(functions.filter((name) => !inTable.has(name) && !(name in elsewhere))).toEqual([]);
  });

  it('names no function that is gone', () => {
    const known = new Set(functions);
    expect([...inTable, ...Object.keys(elsewhere)].filter((name) => !known.has(name))).toEqual([]);
  });

  it('every operator has a call that must be refused', () => {
    const refused = errorOperators();
    expect([...inTable].filter((name) => !refused.has(name))).toEqual([]);
  });

  it('docs/COVERAGE.md has a row for each operator', () => {
    const page = readFileSync(new URL('../../../docs/COVERAGE.md', import.meta.url), 'utf8');
    expect([...inTable].filter((name) => !page.includes(`| \`${name}\` `))).toEqual([]);
  });

  it('every case has an id of its own', () => {
    const { elementwise, table } = allCases();
    const ids = [...elementwise, ...table].map((c) => c.id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  });
});
