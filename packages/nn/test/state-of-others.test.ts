// State dicts as others write them: what is taken, and what the refusal of the rest says.
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
    /Every key has the prefix "module\.", which DataParallel adds; take it off: .*slice\(7\)/,
  ],
  [
    'a prefix of torch.compile',
    renamed((key) => `_orig_mod.${key}`),
    /"_orig_mod\.", which torch\.compile adds/,
  ],
  ['both', renamed((key) => `module._orig_mod.${key}`), /"module\._orig_mod\."/],
  ['any other prefix', renamed((key) => `net.body.${key}`), /"net\.body\."; take it off/],
  [
    'a prefix inside',
    renamed((key) => key.replace('.', '._orig_mod.')),
    /"_orig_mod\." inside; take it out/,
  ],
  [
    'a checkpoint',
    { epoch: 3, state_dict: state() },
    /is under "state_dict" .*checkpoint\.state_dict\)/,
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
  ['the bytes of a file', new Uint8Array(9), /got a Uint8Array; read a file by load\(\)/],
  ['a buffer', new ArrayBuffer(9), /got an ArrayBuffer; read a file by load\(\)/],
])('%s is refused with what to do', (_, dict, message) => {
  const own = model();
  const before = JSON.stringify(own.stateDict()['0.weight']?.toArray());
  expect(() => own.loadStateDict(dict as never)).toThrow(message);
  expect(() => own.loadStateDict(dict as never)).toThrow(FormatError);
  expect(JSON.stringify(own.stateDict()['0.weight']?.toArray())).toBe(before);
});

it('the advice on prefixes works', () => {
  const dict = renamed((key) => `module.${key}`);
  const fixed = Object.fromEntries(Object.entries(dict).map(([key, x]) => [key.slice(7), x]));
  expect(model().loadStateDict(fixed)).toEqual({ missingKeys: [], unexpectedKeys: [] });
});

it('a Map is taken', () => {
  expect(model().loadStateDict(new Map(Object.entries(state())) as never).missingKeys).toEqual([]);
});

it.each(['embed.weight', 'head.weight'])('tied values may be given once, as %s', (name) => {
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
it.each(tracked)('a count of batches may be missing', (layer) => {
  const { num_batches_tracked: count, ...old } = layer.stateDict();
  count?.fill_(5);
  const found = layer.loadStateDict({ ...old, weight: tensor([3, 3]) });
  // PyTorch keeps the count of the module.
  expect(found).toEqual({ missingKeys: [], unexpectedKeys: [] });
  expect(Number(layer.numBatchesTracked?.item())).toBe(5);
  expect(layer.weight?.toArray()).toEqual([3, 3]);
  const { running_mean: _, ...without } = layer.stateDict();
  expect(() => layer.loadStateDict(without)).toThrow(/Missing key.*running_mean/);
});
