// State dicts from other sources: which ones load, and the messages for the rest.
import { FormatError, ones, tensor } from '@dl/core';
import { expect, it } from 'vitest';
import {
  BatchNorm1d,
  BatchNorm2d,
  Embedding,
  InstanceNorm2d,
  Linear,
  Module,
  Sequential,
} from '../src/index.js';

const model = () => new Sequential(new Linear(2, 3), new BatchNorm1d(3));
const state = () => model().stateDict();
const renamed = (rename: (key: string) => string) =>
  Object.fromEntries(Object.entries(state()).map(([key, x]) => [rename(key), x]));

class Tied extends Module<[], null> {
  embed = new Embedding(4, 2);
  head = new Linear(2, 4, { bias: false });
  constructor() {
    super();
    this.head.weight = this.embed.weight;
  }
  override forward(): null {
    return null;
  }
}

it.each<[string, unknown, RegExp]>([
  ['a promise', Promise.resolve({}), /got a promise; await it: .*await load/],
  [
    'a prefix',
    renamed((key) => `module.${key}`),
    /Every key has the prefix "module\.", added by DataParallel; remove it: .*slice\(7\)/,
  ],
  [
    'a prefix of torch.compile',
    renamed((key) => `_orig_mod.${key}`),
    /"_orig_mod\.", added by torch\.compile/,
  ],
  ['both', renamed((key) => `module._orig_mod.${key}`), /"module\._orig_mod\."/],
  ['any other prefix', renamed((key) => `net.body.${key}`), /"net\.body\."; remove it/],
  [
    'a prefix of most keys',
    { ...renamed((key) => `model.${key}`), 'criterion.weight': ones([2]), step: ones([]) },
    /7 of the 9 keys have the prefix "model\.";.*filter\(\(\[key\]\) => key\.startsWith\('model\.'\)\)\.map.*slice\(6\)/,
  ],
  [
    'a prefix in the middle of keys',
    renamed((key) => key.replace('.', '._orig_mod.')),
    /Some keys contain "_orig_mod\."; remove it/,
  ],
  [
    'a checkpoint',
    { epoch: 3, state_dict: state() },
    /is nested under "state_dict": .*checkpoint\.state_dict\)/,
  ],
  ['a checkpoint of another name', { 'my model': state() }, /checkpoint\['my model'\]\)/],
  ['a checkpoint in a checkpoint', { a: { model: state() } }, /checkpoint\.a\.model\)/],
  [
    'a checkpoint with a prefix',
    { model: renamed((key) => `module.${key}`) },
    /checkpoint\.model\)/,
  ],
  ['a part', new Linear(2, 3).stateDict(), /Missing key/],
  ['a module', model(), /got a module; use its stateDict\(\)/],
  ['a list', [1], /got an array/],
  ['the bytes of a file', new Uint8Array(9), /got a Uint8Array; read a file with load\(\)/],
  ['a buffer', new ArrayBuffer(9), /got an ArrayBuffer; read a file with load\(\)/],
])('%s throws with the fix', (_, dict, message) => {
  const own = model();
  const before = JSON.stringify(own.stateDict()['0.weight']?.toArray());
  expect(() => own.loadStateDict(dict as never)).toThrow(message);
  expect(() => own.loadStateDict(dict as never)).toThrow(FormatError);
  expect(JSON.stringify(own.stateDict()['0.weight']?.toArray())).toBe(before);
});

it.each<[string, Module, string]>([
  // Here the longest common prefix of all keys is longer than the prefix to remove.
  ['one layer', new Sequential(new Linear(2, 3)), 'model.'],
  ['one layer deep inside', new Sequential(new Sequential(new Linear(2, 3))), 'net.body.'],
  ['a layer', new Linear(2, 3), 'model.fc.'],
])('a prefix before the names of %s', (_, own, prefix) => {
  const dict = Object.fromEntries(
    Object.entries(own.stateDict()).map(([key, x]) => [prefix + key, x]),
  );
  expect(() => own.loadStateDict(dict)).toThrow(`Every key has the prefix "${prefix}"; remove it`);
  const inner = { epoch: 1, weights: dict };
  expect(() => own.loadStateDict(inner)).toThrow('loadStateDict(checkpoint.weights)');
});

it('for the state dict of a submodule, the message names the submodule', () => {
  class Net extends Module {
    body = new Sequential(new Linear(2, 3), new Linear(3, 3));
    head = new Linear(3, 1);
    override forward(): never {
      throw new Error();
    }
  }
  const net = new Net();
  const dict = net.body.stateDict();
  expect(() => net.loadStateDict(dict)).toThrow("module.getSubmodule('body')");
  expect(net.getSubmodule('body').loadStateDict(dict).missingKeys).toEqual([]);
  expect(() => net.loadStateDict({ ...dict, other: ones([1]) })).toThrow('getSubmodule');
  // Every layer has a weight, so the message cannot name one.
  expect(() => net.loadStateDict(net.head.stateDict())).toThrow('{ strict: false }');
});

it('the fix for prefixes works', () => {
  const dict = renamed((key) => `module.${key}`);
  const fixed = Object.fromEntries(Object.entries(dict).map(([key, x]) => [key.slice(7), x]));
  expect(model().loadStateDict(fixed)).toEqual({ missingKeys: [], unexpectedKeys: [] });
});

it('a Map loads', () => {
  expect(model().loadStateDict(new Map(Object.entries(state())) as never).missingKeys).toEqual([]);
});

it.each(['embed.weight', 'head.weight'])('tied values may appear once, as %s', (name) => {
  const tied = new Tied();
  const found = tied.loadStateDict({ [name]: ones([4, 2]) });
  expect(found).toEqual({ missingKeys: [], unexpectedKeys: [] });
  expect(tied.head.weight.toArray()).toEqual(ones([4, 2]).toArray());
});

const tracked = [
  new BatchNorm1d(2),
  new BatchNorm2d(2),
  new InstanceNorm2d(2, { affine: true, trackRunningStats: true }),
];
it.each(tracked)('%s loads without a batch count', (layer) => {
  const { num_batches_tracked: count, ...old } = layer.stateDict();
  count?.fill_(5);
  const found = layer.loadStateDict({ ...old, weight: tensor([3, 3]) });
  // As in PyTorch, the module keeps its count.
  expect(found).toEqual({ missingKeys: [], unexpectedKeys: [] });
  expect(Number(layer.numBatchesTracked?.item())).toBe(5);
  expect(layer.weight?.toArray()).toEqual([3, 3]);
  const { running_mean: _, ...without } = layer.stateDict();
  expect(() => layer.loadStateDict(without)).toThrow(/Missing key.*running_mean/);
});
