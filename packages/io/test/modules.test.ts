// Whole modules: a file brings back a working one of the same classes, and nothing else.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FormatError, noGrad, randn, type Tensor, ValueError, zeros } from '@dl/core';
import { Dropout, Linear, Module, ReLU, registerModule, Sequential, Tanh } from '@dl/nn';
import { SGD } from '@dl/optim';
import { describe, expect, it } from 'vitest';
import { writeContainer } from '../src/container.js';
import { load, save, saveBytes, setupSeed } from '../src/index.js';

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
  it('comes back as a working one of the same classes', async () => {
    setupSeed(1);
    const net = new Sequential(new Linear(3, 5), new Tanh(), new Linear(5, 2));
    const path = join(mkdtempSync(join(tmpdir(), 'dl-io-')), 'net.dl');
    await save(net, path);
    setupSeed(2);
    const state = randn([3]);
    setupSeed(2);
    const found = await load<typeof net>(path);
    // Loading draws nothing.
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

  it('is one module where it was one', async () => {
    const net = new Linear(2, 2);
    const found = await again<{ a: Linear; b: Linear[] }>({ a: net, b: [net] });
    expect(found.a).toBe(found.b[0]);
  });

  it('goes in with the values of the time of the call', async () => {
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
  const dict = (value: object): unknown => [
    'dict',
    Object.entries(value).map(([key, item]) => [
      key,
      item !== null && typeof item === 'object' && !Array.isArray(item) ? dict(item) : item,
    ]),
  ];
  const forged = (description: object, change: object = {}): Uint8Array => {
    const structure = {
      storages: [],
      tensors: [],
      modules: [
        { description: dict(description), state: dict({}), evaluating: [], frozen: [], ...change },
      ],
      value: ['module', 0],
    };
    return writeContainer([
      { name: 'structure', bytes: new TextEncoder().encode(JSON.stringify(structure)) },
    ]);
  };
  const described = (type: string, config: object = {}) => ({ type, config, training: true });

  it('is read when it is right', async () => {
    expect(await load(forged(described('ReLU')))).toBeInstanceOf(ReLU);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['an unknown class', forged(described('Evil')), /"Evil" is not registered/],
    ['a name of the prototype', forged(described('constructor')), /"constructor" is not reg/],
    ['no values', forged(described('Linear', { in_features: 2, out_features: 3 })), /Missing key/],
    [
      'a layer of terabytes',
      forged(described('Linear', { in_features: 1e6, out_features: 1e6 })),
      /more than 1000000 elements/,
    ],
    [
      'a layer beyond any array',
      forged(described('Linear', { in_features: 2 ** 40, out_features: 2 ** 12 })),
      /more than 1000000 elements/,
    ],
    [
      'names that are none',
      forged(described('ReLU'), { frozen: [1] }),
      /frozen\[0\] is 1, not a name/,
    ],
    ['a state that is none', forged(described('ReLU'), { state: 3 }), /state is not a dict/],
    [
      'a module inside its own state',
      forged(described('ReLU'), { state: dict({ a: ['module', 0] }) }),
      /is number 0 of 0/,
    ],
  ])('is refused: %s', async (_name, file, message) => {
    const error = await load(file).catch((e: unknown) => e);
    expect((error as Error).message).toMatch(message);
    expect(error).toBeInstanceOf(FormatError);
    // The bound on memory ends with the reading.
    expect(zeros([1_100_000]).count).toBe(1_100_000);
  });
});
