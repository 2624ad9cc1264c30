// Whole modules: a file restores a working module of the same classes, and nothing else.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FormatError, noGrad, randn, type Tensor, ValueError, zeros } from '@dl/core';
import { Dropout, Linear, Module, ReLU, registerModule, Sequential, Tanh } from '@dl/nn';
import { SGD } from '@dl/optim';
import { describe, expect, it } from 'vitest';
import { load, save, saveBytes, setupSeed } from '../src/index.js';
import { PyDict, PyGlobal } from '../src/pickle/values.js';
import { PyCall, PyInstance, writePickle } from '../src/pickle/writer.js';
import { zipOf } from './zips.js';

class Net extends Module {
  hidden = new Linear(3, 4);
  layers = [new Linear(4, 4), new Dropout(0.5)];
  out: Linear;
  readonly width: number;
  mean = this.registerBuffer('mean', zeros([4]));
  scratch = this.registerBuffer('scratch', zeros([2]), { persistent: false });

  constructor(width: number) {
    super();
    this.width = width;
    this.out = new Linear(4, width);
  }

  forward(x: Tensor): Tensor {
    let h = this.hidden.forward(x).relu();
    for (const layer of this.layers) h = layer.forward(h);
    return this.out.forward(h.sub(this.mean));
  }

  config() {
    return { width: this.width };
  }

  static fromConfig(config: { readonly [key: string]: unknown }): Net {
    return new Net(config.width as number);
  }
}
registerModule('TestNet', Net);

class Stranger extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}

const again = async <T>(value: object): Promise<T> => load<T>(await saveBytes(value));
const bits = (x: Tensor): unknown => x.detach().data();

describe('a module in a file', () => {
  it('is restored as a working module of the same classes', async () => {
    setupSeed(1);
    const net = new Sequential(new Linear(3, 5), new Tanh(), new Linear(5, 2));
    const path = join(mkdtempSync(join(tmpdir(), 'dl-io-')), 'net.pth');
    await save(net, path);
    setupSeed(2);
    const state = randn([3]);
    setupSeed(2);
    const found = await load<typeof net>(path);
    // Loading draws no random numbers.
    expect(bits(randn([3]))).toEqual(bits(state));
    expect(found).toBeInstanceOf(Sequential);
    expect(found[0]).toBeInstanceOf(Linear);
    expect(String(found)).toBe(String(net));
    const x = randn([4, 3]);
    expect(bits(found.forward(x))).toEqual(bits(net.forward(x)));
    // It can be trained, and has its own memory.
    const optimizer = new SGD(found.parameters(), { lr: 0.1 });
    const before = bits(net[0].weight);
    found.forward(x).sum().backward();
    optimizer.step();
    expect(bits(net[0].weight)).toEqual(before);
    expect(bits(found[0].weight)).not.toEqual(before);
  });

  it('keeps buffers, modes, frozen parameters and dtypes', async () => {
    const net = new Net(2).double();
    net.mean.fill_(3);
    net.scratch.fill_(9);
    net.layers[1]?.eval();
    net.hidden.requiresGrad_(false);
    noGrad(() => net.out.weight.fill_(1 / 3));
    const { model, step } = await again<{ model: Net; step: number }>({ model: net, step: 7 });
    expect(step).toBe(7);
    expect(model).toBeInstanceOf(Net);
    expect(model.training).toBe(true);
    expect(model.layers.map((layer) => layer.training)).toEqual([true, false]);
    expect(model.mean.toArray()).toEqual([3, 3, 3, 3]);
    expect(model.scratch.toArray()).toEqual([0, 0]);
    expect(model.hidden.weight.requiresGrad).toBe(false);
    expect(model.out.weight.requiresGrad).toBe(true);
    expect(model.out.weight.dtype).toBe('float64');
    expect((model.out.weight.data() as Float64Array)[0]).toBe(1 / 3);
    expect([...model.parameters()].every((p) => p.isLeaf)).toBe(true);
    expect((await again<Net>(net.eval())).training).toBe(false);
  });

  it('stays one module if it was shared', async () => {
    const net = new Linear(2, 2);
    const found = await again<{ a: Linear; b: Linear[] }>({ a: net, b: [net] });
    expect(found.a).toBe(found.b[0]);
  });

  it('is saved with its values at the time of the call', async () => {
    const net = new Linear(1, 1);
    const before = net.weight.item();
    const bytes = saveBytes(net);
    noGrad(() => net.weight.fill_(99));
    expect((await load<Linear>(await bytes)).weight.item()).toBe(before);
  });

  it('must be of a known class', async () => {
    await expect(saveBytes(new Stranger())).rejects.toThrow(ValueError);
    await expect(saveBytes(new Stranger())).rejects.toThrow(/Stranger is not registered/);
    await expect(saveBytes(new Sequential(new ReLU(), new Stranger()))).rejects.toThrow(/Stranger/);
  });
});

describe('a forged module', () => {
  const dictOf = (entries: Record<string, unknown>): PyDict => {
    const made = new PyDict();
    for (const [key, value] of Object.entries(entries)) made.entries.set(key, value);
    return made;
  };
  const object = (path: string, state: Record<string, unknown>): PyInstance => {
    const parts = path.split('.');
    const name = parts.pop() as string;
    const made = new PyInstance(new PyGlobal(parts.join('.'), name));
    made.state = dictOf(state);
    return made;
  };
  const forged = (value: unknown): Uint8Array =>
    zipOf({ 'archive/data.pkl': writePickle(value), 'archive/data/0': new Uint8Array(8) });
  const linear = (attributes: object): PyInstance =>
    object('torch.nn.modules.linear.Linear', {
      training: true,
      _parameters: dictOf({ bias: null }),
      _modules: dictOf({}),
      ...attributes,
    });

  it('is read if it is valid', async () => {
    const relu = object('torch.nn.modules.activation.ReLU', { training: false });
    const found = await load<ReLU>(forged(relu));
    expect(found).toBeInstanceOf(ReLU);
    expect(found.training).toBe(false);
  });

  it.each<[string, unknown, RegExp]>([
    ['an unknown class', object('__main__.Evil', {}), /names __main__\.Evil, which is not on/],
    ['a different global', object('os.system', {}), /names os\.system, .* nothing was run/],
    ['a call', new PyCall(new PyGlobal('torch', 'load'), 'x'), /names torch\.load, which is not/],
    ['a name of the prototype', object('__main__.constructor', {}), /names __main__\.constructor/],
    [
      'a layer that is not supported',
      object('torch.nn.modules.conv.Conv3d', { training: true }),
      /contains a torch\.nn\.modules\.conv\.Conv3d, which is not supported/,
    ],
    ['no state', object('torch.nn.modules.linear.Linear', {}), /lacks 'in_features'/],
    ['no values', linear({ in_features: 2, out_features: 3 }), /Missing key/],
    ['a layer of terabytes', linear({ in_features: 1e6, out_features: 1e6 }), /more than 1000000/],
    [
      'a layer beyond any array',
      linear({ in_features: 2 ** 40, out_features: 2 ** 12 }),
      /more than 1000000 elements/,
    ],
    [
      'sizes that are text',
      linear({ in_features: 'x', out_features: 3 }),
      /'in_features' must be a number/,
    ],
    [
      'invalid parameters',
      linear({ _parameters: dictOf({ weight: 3 }) }),
      /'weight' is not a tensor/,
    ],
    [
      'parameters in a list',
      linear({ _parameters: [1] }),
      /_parameters of a .*Linear is not a dict/,
    ],
    [
      'a value that is not a module',
      linear({ _modules: dictOf({ a: 1 }) }),
      /the module 'a' is not a module/,
    ],
  ])('is refused: %s', async (_name, value, message) => {
    const error = await load(forged(value), { strict: true }).catch((e: unknown) => e);
    expect((error as Error).message).toMatch(message);
    expect(error).toBeInstanceOf(FormatError);
    // The memory limit ends with the reading.
    expect(zeros([1_100_000]).count).toBe(1_100_000);
  });

  it('is refused if it contains itself', async () => {
    const outer = object('torch.nn.modules.container.Sequential', { training: true });
    outer.state?.entries.set('_modules', dictOf({ a: outer }));
    await expect(load(forged(outer))).rejects.toThrow(FormatError);
  });
});
