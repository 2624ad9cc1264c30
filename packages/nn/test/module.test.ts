// The members of a module, their names and printed form, and operations on whole modules.
import { inspect } from 'node:util';
import { ones, Tensor, tensor, zeros } from '@dl/core';
import { describe, expect, test } from 'vitest';
import * as nn from '../src/index.js';
import { Block, Custom, expectIdentical, goldens, Tied, TwoLines } from './support.js';

const { Linear, Module, Parameter, ReLU, Sequential } = nn;

const make: Record<keyof typeof goldens.modules, () => nn.AnyModule> = {
  linear: () => new Linear(784, 256),
  linearNoBias: () => new Linear(3, 4, { bias: false }),
  relu: () => new ReLU(),
  relu6: () => new nn.ReLU6(),
  leakyRelu: () => new nn.LeakyReLU(),
  leakyReluSmall: () => new nn.LeakyReLU(1e-5),
  elu: () => new nn.ELU(),
  eluHalf: () => new nn.ELU(0.5),
  gelu: () => new nn.GELU(),
  geluTanh: () => new nn.GELU({ approximate: 'tanh' }),
  sigmoid: () => new nn.Sigmoid(),
  logSigmoid: () => new nn.LogSigmoid(),
  tanh: () => new nn.Tanh(),
  silu: () => new nn.SiLU(),
  mish: () => new nn.Mish(),
  softsign: () => new nn.Softsign(),
  softplus: () => new nn.Softplus(),
  softmax: () => new nn.Softmax(1),
  logSoftmax: () => new nn.LogSoftmax(-1),
  identity: () => new nn.Identity(),
  flatten: () => new nn.Flatten(),
  dropout: () => new nn.Dropout(),
  dropoutSmall: () => new nn.Dropout(1e-5),
  empty: () => new Sequential(),
  mlp: () => new Sequential(new Linear(784, 256), new ReLU(), new Linear(256, 10)),
  named: () => new Sequential({ hidden: new Linear(2, 3), outLayer: new Linear(3, 1) }),
  nested: () =>
    new Sequential(new Sequential(new Linear(2, 2), new nn.Tanh()), new Block(), new Sequential()),
  custom: () => new Custom(),
  twoLines: () => new TwoLines(),
  tied: () => new Tied(),
};

describe.each(Object.entries(make))('as PyTorch: %s', (name, build) => {
  const golden = goldens.modules[name as keyof typeof make];

  test('printed form', () => {
    expect(build().toString()).toBe(golden.repr);
    expect(inspect(build())).toBe(golden.repr);
    expect(`${build()}`).toBe(golden.repr);
  });

  test('names', () => {
    const m = build();
    expect(Object.keys(m.stateDict())).toEqual(golden.keys);
    expect(Object.keys(m.stateDict({ prefix: 'net.' }))).toEqual(golden.prefixed);
    expect([...m.namedParameters()].map(([n]) => n)).toEqual(golden.parameters);
    expect([...m.namedParameters('', false)].map(([n]) => n)).toEqual(golden.ownParameters);
    expect([...m.namedBuffers()].map(([n]) => n)).toEqual(golden.buffers);
    expect([...m.namedModules()].map(([n]) => n)).toEqual(golden.modules);
  });
});

describe('members', () => {
  test('are the parameters, buffers and modules in the fields', () => {
    const m = new Custom();
    const byName = Object.fromEntries(m.namedParameters());
    expect(byName['layers.3.weight']).toBe((m.layers[3] as nn.Linear).weight);
    expect(byName['weights.1']).toBe(m.weights[1]);
    expectIdentical([...m.parameters()], Object.values(byName));
    expectIdentical([...m.buffers()], [m.runningMean, m.scratch, m.numBatchesTracked]);
    expect([...m.modules()][1]).toBe(m.block);
    expect([...m.children()]).toEqual([m.block, ...m.layers, m.outProj]);
    expect([...m.namedChildren()].map(([n]) => n)).toEqual([
      'block',
      'layers.0',
      'layers.1',
      'layers.2',
      'layers.3',
      'out_proj',
    ]);
    expect([...m.namedParameters('model')][0][0]).toBe('model.scale');
  });

  test('include a field set later, and exclude a field set to null', () => {
    const m = new Linear(2, 2) as nn.Linear & { extra?: nn.Parameter };
    m.extra = new Parameter(ones([1]));
    m.bias = null;
    expect([...m.namedParameters()].map(([n]) => n)).toEqual(['weight', 'extra']);
    expect(m.toString()).toBe('Linear(in_features=2, out_features=2, bias=False)');
  });

  test('have snake_case keys for camelCase fields', () => {
    const cases = {
      runningMean: 'running_mean',
      fc1: 'fc1',
      weightIhL0: 'weight_ih_l0',
      inProjWeight: 'in_proj_weight',
      layer1Norm: 'layer1_norm',
      queryKV: 'query_kv',
      toHTMLText: 'to_html_text',
      W: 'W',
      Wq: 'Wq',
      fc_1: 'fc_1',
      _scale: '_scale',
      '0': '0',
    };
    for (const [field, key] of Object.entries(cases)) expect(nn.keyOfField(field)).toBe(key);
  });

  test('have keys from stateKey, which throws if two are equal', () => {
    class Own extends Module {
      outProj = new Linear(1, 1);
      override forward(x: Tensor): Tensor {
        return x;
      }
      override stateKey(field: string): string {
        return field;
      }
    }
    expect(Object.keys(new Own().stateDict())).toEqual(['outProj.weight', 'outProj.bias']);
    class Clash extends Module {
      fcOne = new Linear(1, 1);
      fc_one = new Linear(1, 1);
      override forward(x: Tensor): Tensor {
        return x;
      }
    }
    expect(() => new Clash().stateDict()).toThrow(
      "Clash: the fields 'fcOne' and 'fc_one' both have the state-dict key 'fc_one'; rename one",
    );
  });

  test('include a module that contains itself once, but it has no state dict', () => {
    class Child extends Module {
      parent: nn.AnyModule | null = null;
      #hidden: nn.AnyModule | null = null;
      hide(m: nn.AnyModule) {
        this.#hidden = m;
        return this.#hidden;
      }
      override forward(x: Tensor): Tensor {
        return x;
      }
    }
    const child = new Child();
    const net = new Sequential(child);
    child.hide(net);
    expect(Object.keys(net.stateDict())).toEqual([]);
    child.parent = net;
    expect([...net.modules()]).toEqual([net, child]);
    // A walk that repeats shared modules would not end. All methods throw the same message.
    const message =
      "Sequential: '0.parent' is a module that contains itself; keep references to parents in a #private field";
    expect(() => net.stateDict()).toThrow(message);
    expect(() => [...net.namedModules({ removeDuplicate: false })]).toThrow(message);
    expect(() => net.getSubmodule('1')).toThrow(message);
    expect(net.getSubmodule('0')).toBe(child);
  });

  test('may have any name that Module does not document', () => {
    class Net extends Module {
      tensors = [new nn.Parameter(ones([2]))];
      replace = new Linear(2, 2);
      override forward(x: Tensor): Tensor {
        return this.replace.forward(x);
      }
    }
    const net = new Net().double();
    expect([...net.parameters()].map((x) => x.dtype)).toEqual(['float64', 'float64', 'float64']);
  });

  test('are found by getSubmodule and getParameter', () => {
    const m = new Custom();
    expect(m.getSubmodule('')).toBe(m);
    expect(m.getSubmodule('layers.1')).toBe(m.layers[1]);
    expect(m.getSubmodule('out_proj')).toBe(m.outProj);
    expect(m.getParameter('block.fc1.bias')).toBe(m.block.fc1.bias);
    const tied = new Tied();
    expect(tied.getParameter('decoder.weight')).toBe(tied.encoder.weight);
    expect(tied.getSubmodule('again')).toBe(tied.encoder);
    expect(() => new Block().getSubmodule('fc2')).toThrow(
      "getSubmodule: Block has no module 'fc2'; it has 'fc1', 'act'",
    );
    expect(() => new Block().getParameter('fc1')).toThrow(
      "getParameter: Block has no parameter 'fc1'; it has 'fc1.weight', 'fc1.bias'",
    );
  });
});

describe('parameters and buffers', () => {
  test('a parameter shares memory and is a leaf', () => {
    const x = ones([2]);
    const p = new Parameter(x);
    expect(p).toBeInstanceOf(Tensor);
    expect([p.requiresGrad, p.isLeaf]).toEqual([true, true]);
    x.fill_(3);
    expect(p.toArray()).toEqual([3, 3]);
    expect(new Parameter(ones([2]), false).requiresGrad).toBe(false);
    const w = ones([2], { requiresGrad: true });
    expect(new Parameter(w.mul(2)).gradFn).toBeNull();
    expect(nn.isParameter(p)).toBe(true);
    expect(nn.isParameter(x)).toBe(false);
    expect(() => new Parameter(tensor([1], { dtype: 'int32' }))).toThrow('floating-point');
  });

  test('a parameter prints as in PyTorch', () => {
    const text = 'Parameter containing:\ntensor([1., 1.], requires_grad=True)';
    expect(new Parameter(ones([2])).toString()).toBe(text);
    expect(inspect(new Parameter(ones([2])))).toBe(text);
  });

  test('a buffer may be replaced, or be null', () => {
    const m = new Custom();
    m.runningMean = ones([2]);
    expect(m.stateDict().running_mean.toArray()).toEqual([1, 1]);
    class Empty extends Module {
      value: Tensor | null = this.registerBuffer('value', null as Tensor | null);
      override forward(x: Tensor): Tensor {
        return x;
      }
    }
    const e = new Empty();
    expect([...e.buffers()]).toEqual([]);
    e.value = zeros([1]);
    expect(Object.keys(e.stateDict())).toEqual(['value']);
  });

  test('registerBuffer throws for invalid names and values', () => {
    const m = new Linear(1, 1);
    expect(() => m.registerBuffer('forward', zeros([1]))).toThrow(
      "registerBuffer: Linear already has 'forward'; choose another name",
    );
    expect(() => m.registerBuffer('weight', zeros([1]))).toThrow("Linear already has 'weight'");
    expect(() => m.registerBuffer('a.b', zeros([1]))).toThrow(
      "'a.b' cannot be the name of a buffer",
    );
    expect(() => m.registerBuffer('p', new Parameter(zeros([1])))).toThrow(
      "'p' is a Parameter, which needs no registration",
    );
    expect(() => m.registerBuffer('n', 3 as never)).toThrow(
      'registerBuffer: tensor must be a tensor or null, not 3',
    );
  });
});

describe('operations on the whole module', () => {
  test('train and eval', () => {
    const m = new Custom();
    expect([...m.modules()].every((x) => x.training)).toBe(true);
    expect(m.eval()).toBe(m);
    expect([...m.modules()].some((x) => x.training)).toBe(false);
    m.train();
    expect([...m.modules()].every((x) => x.training)).toBe(true);
    m.train(false);
    expect(m.layers[2].training).toBe(false);
    expect(() => m.train('yes' as never)).toThrow("train: mode must be true or false, not 'yes'");
  });

  test('to a dtype keeps identity, converts gradients, and does not change integers', () => {
    const m = new Custom();
    const before = [...m.parameters()];
    m.forward(ones([4, 2]))
      .sum()
      .backward();
    const { weight } = m.outProj;
    const grad = weight.grad!;
    expect(m.double()).toBe(m);
    expectIdentical([...m.parameters()], before);
    expect(before.every((p) => p.dtype === 'float64' && p.requiresGrad && p.isLeaf)).toBe(true);
    expect(m.runningMean.dtype).toBe('float64');
    expect(m.numBatchesTracked.dtype).toBe('int64');
    expect(weight.grad).toBe(grad);
    expect(grad.dtype).toBe('float64');
    const y = m.forward(ones([4, 2], { dtype: 'float64' }));
    expect(y.dtype).toBe('float64');
    y.sum().backward();
    expect(grad.dtype).toBe('float64');
    expect(m.float().to({ dtype: 'float64' }).to('float32').outProj.weight.dtype).toBe('float32');
    expect(m.to('cpu').outProj.weight.device).toBe('cpu');
  });

  test('tied parameters stay tied', () => {
    const m = new Tied().double();
    expect(m.encoder.weight).toBe(m.decoder.weight);
    expect(m.encoder.weight.dtype).toBe('float64');
  });

  test('to throws for invalid targets and changes nothing', () => {
    const m = new Block();
    expect(() => m.to('int32')).toThrow(
      "Module.to: dtype must be a floating-point dtype, got int32; convert single tensors with x.to('int32')",
    );
    expect(() => m.to({ device: 'nowhere', dtype: 'float64' })).toThrow('nowhere');
    expect(m.fc1.weight.dtype).toBe('float32');
  });

  test('cpu waits and returns the module', async () => {
    const m = new Block();
    expect(await m.cpu()).toBe(m);
  });

  test('requiresGrad_ and zeroGrad', () => {
    const m = new Block();
    m.forward(ones([1, 2]))
      .sum()
      .backward();
    expect(m.fc1.weight.grad).not.toBeNull();
    m.zeroGrad({ setToNone: false });
    expect(m.fc1.weight.grad!.toArray()).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    m.zeroGrad();
    expect(m.fc1.weight.grad).toBeNull();
    m.requiresGrad_(false);
    expect(m.forward(ones([1, 2])).requiresGrad).toBe(false);
    m.requiresGrad_();
    expect(m.forward(ones([1, 2])).requiresGrad).toBe(true);
  });

  test('apply visits children before parents', () => {
    const seen: string[] = [];
    const net = new Sequential(new Block(), new nn.Tanh());
    expect(net.apply((m) => seen.push(m.constructor.name))).toBe(net);
    expect(seen).toEqual(['Linear', 'ReLU', 'Block', 'Tanh', 'Sequential']);
  });
});
