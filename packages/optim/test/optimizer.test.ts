// Parameter groups, and invalid arguments of optimizers.
import {
  AutogradError,
  FormatError,
  noGrad,
  ones,
  type Tensor,
  tensor,
  ValueError,
} from '@dl/core';
import { describe, expect, test } from 'vitest';
import { type OptimizerStateDict, SGD } from '../src/index.js';

const leaf = (): Tensor => tensor([1, 2], { requiresGrad: true });

function* generated(...list: Tensor[]): Generator<Tensor> {
  yield* list;
}

describe('groups', () => {
  test('come from any iterable and have their own options', () => {
    const [a, b, c, d] = [leaf(), leaf(), leaf(), leaf()];
    const optimizer = new SGD(
      [{ params: generated(a, b) }, { params: c, lr: 0.5, momentum: 0.9 }],
      {
        lr: 0.1,
        weightDecay: 0.2,
      },
    );
    expect(optimizer.paramGroups).toHaveLength(2);
    expect(optimizer.paramGroups[0]).toMatchObject({ lr: 0.1, momentum: 0, weightDecay: 0.2 });
    expect(optimizer.paramGroups[0].params).toEqual([a, b]);
    expect(optimizer.paramGroups[1]).toMatchObject({ lr: 0.5, momentum: 0.9, weightDecay: 0.2 });
    optimizer.addParamGroup({ params: [d], lr: 3 });
    expect(optimizer.stateDict().param_groups.map((g) => g.params)).toEqual([[0, 1], [2], [3]]);
    expect(new SGD(generated(a, b)).paramGroups[0].params).toEqual([a, b]);
    expect(new SGD(new Set([a, b])).paramGroups[0].params).toEqual([a, b]);
  });

  test('zeroGrad clears the gradients', () => {
    const [a, b] = [leaf(), leaf()];
    const optimizer = new SGD([a, b]);
    a.grad = ones([2]);
    optimizer.zeroGrad({ setToNone: false });
    expect(a.grad.toArray()).toEqual([0, 0]);
    expect(b.grad).toBeNull();
    optimizer.zeroGrad();
    expect(a.grad).toBeNull();
  });

  test('a closure records gradients inside noGrad too', () => {
    const w = leaf();
    const optimizer = new SGD([w], { lr: 1 });
    noGrad(() =>
      optimizer.step(() => {
        const loss = w.sum();
        loss.backward();
        return loss;
      }),
    );
    expect(w.toArray()).toEqual([0, 1]);
  });

  test('loading copies a step count and keeps its dtype', () => {
    const w = tensor([1], { dtype: 'float64', requiresGrad: true });
    const optimizer = new SGD([w]);
    const step = tensor(3);
    optimizer.loadStateDict({ ...optimizer.stateDict(), state: { 0: { step, other: 2 } } });
    const own = optimizer.state.get(w)!;
    expect(own.other).toBe(2);
    step.fill_(9);
    expect((own.step as Tensor).item()).toBe(3);
    expect((own.step as Tensor).dtype).toBe('float32');
  });

  test('an undefined option has its default', () => {
    expect(new SGD([leaf()], { lr: undefined as never }).paramGroups[0].lr).toBe(0.001);
  });
});

describe('invalid options', () => {
  const bad: [string, Record<string, unknown>, string][] = [
    ['lr', { lr: -0.1 }, 'SGD: lr must be a non-negative number, not -0.1'],
    ['NaN', { lr: Number.NaN }, 'SGD: lr must be a non-negative number, not NaN'],
    ['text', { lr: '0.1' }, "SGD: lr must be a non-negative number, not '0.1'"],
    ['momentum', { momentum: -1 }, 'SGD: momentum must be a non-negative number, not -1'],
    ['weightDecay', { weightDecay: -1 }, 'SGD: weightDecay must be a non-negative number, not -1'],
    ['dampening', { dampening: null }, 'SGD: dampening must be a number, not null'],
    [
      'nesterov alone',
      { nesterov: true },
      'SGD: nesterov requires a momentum greater than 0 and a dampening of 0, got momentum 0, dampening 0',
    ],
    [
      'nesterov with dampening',
      { nesterov: true, momentum: 0.9, dampening: 0.5 },
      'SGD: nesterov requires a momentum greater than 0 and a dampening of 0, got momentum 0.9, dampening 0.5',
    ],
    [
      "PyTorch's spelling",
      { weight_decay: 1 },
      "SGD: unknown option 'weight_decay'; did you mean weightDecay? the options are ",
    ],
    ['unknown', { rate: 1 }, "SGD: unknown option 'rate'; the options are "],
  ];
  test.each(bad)('%s', (_, options, message) => {
    expect(() => new SGD([leaf()], options as never)).toThrow(message);
    expect(() => new SGD([leaf()], options as never)).toThrow(ValueError);
    const optimizer = new SGD([leaf()]);
    expect(() => optimizer.addParamGroup({ params: [leaf()], ...options } as never)).toThrow(
      message,
    );
    expect(optimizer.paramGroups).toHaveLength(1);
  });
});

describe('invalid parameters', () => {
  const shared = leaf();
  const bad: [string, () => unknown, string][] = [
    ['none', () => [], 'SGD: params must have at least one parameter'],
    [
      'an empty group',
      () => [{ params: [] }],
      'SGD: a parameter group must have at least one parameter',
    ],
    [
      'a tensor',
      () => leaf(),
      'SGD: params must be an iterable of parameters or groups, got a tensor; pass [tensor]',
    ],
    [
      'nothing',
      () => undefined,
      'SGD: params is missing; it must be a list of parameters or groups, such as model.parameters()',
    ],
    ['an object', () => ({ params: [leaf()] }), 'got an object; pass model.parameters()'],
    [
      'a number among the parameters',
      () => [leaf(), 3],
      'SGD: can only optimize tensors, but parameter 1 of group 0 is 3',
    ],
    ['a null among them', () => [null], 'parameter 0 of group 0 is null'],
    [
      'parameters mixed with groups',
      () => [{ params: [leaf()] }, leaf()],
      'SGD: params must not mix parameters and groups',
    ],
    [
      'a number as a group',
      () => [{ params: 3 }],
      'SGD: the params of a group must be a parameter or a list of parameters, got 3',
    ],
    [
      'integers',
      () => [tensor([1], { dtype: 'int32' })],
      'SGD: can only optimize floating-point tensors, but parameter 0 of group 0 is int32',
    ],
    [
      'a repeated parameter',
      () => [shared, leaf(), shared],
      'SGD: parameter 2 of group 0 is in the group twice',
    ],
    [
      'a parameter in two groups',
      () => [{ params: [leaf()] }, { params: [leaf(), shared] }, { params: [shared] }],
      'SGD: parameter 0 of group 2 is already in group 1',
    ],
  ];
  test.each(bad)('%s', (_, params, message) => {
    expect(() => new SGD(params() as never)).toThrow(message);
    expect(() => new SGD(params() as never)).toThrow(ValueError);
  });

  test('a tensor that is not a leaf', () => {
    const computed = leaf().mul(2);
    expect(() => new SGD([computed])).toThrow(AutogradError);
    expect(() => new SGD([computed])).toThrow(
      "SGD: can't optimize a tensor that is not a leaf: parameter 0 of group 0, of shape [2], was computed by 'mul'",
    );
  });

  test('addParamGroup changes nothing if it throws', () => {
    const optimizer = new SGD([shared]);
    expect(() => optimizer.addParamGroup({ params: [leaf(), shared] })).toThrow(
      'SGD: parameter 1 of group 1 is already in group 0',
    );
    expect(() => optimizer.addParamGroup(3 as never)).toThrow(
      'SGD: a parameter group must be an object with params, got 3',
    );
    expect(optimizer.paramGroups).toHaveLength(1);
  });
});

describe('invalid state dicts', () => {
  const make = (): SGD => {
    const w = leaf();
    const optimizer = new SGD([w], { lr: 0.1, momentum: 0.9 });
    w.grad = ones([2]);
    optimizer.step();
    return optimizer;
  };
  const bad: [string, (d: OptimizerStateDict) => unknown, string][] = [
    [
      'nothing',
      () => null,
      'SGD.loadStateDict: expected { state, param_groups: [{ params, … }] }, got null',
    ],
    ['another object', () => ({}), 'got an object'],
    ['a promise', (d) => Promise.resolve(d), 'got a promise (await it first)'],
    [
      'a state that is not an object',
      (d) => ({ ...d, state: { 0: null } }),
      'SGD.loadStateDict: the state of parameter 0 must be an object, not null',
    ],
    ['no params', (d) => ({ ...d, param_groups: [{}] }), 'SGD.loadStateDict: expected'],
    ['no state', (d) => ({ ...d, state: null }), 'SGD.loadStateDict: expected'],
    [
      'more groups',
      (d) => ({ ...d, param_groups: [...d.param_groups, ...d.param_groups] }),
      'SGD.loadStateDict: the dict has 2 parameter groups, but the optimizer has 1',
    ],
    [
      'more parameters',
      (d) => ({ ...d, param_groups: [{ params: [0, 1] }] }),
      'SGD.loadStateDict: group 0 of the dict has 2 parameters, but group 0 of the optimizer has 1',
    ],
    [
      'state of an unknown parameter',
      (d) => ({ ...d, state: { 5: {} } }),
      'SGD.loadStateDict: the state has an entry for parameter 5, which is in no group of the dict',
    ],
    [
      'a wrong shape',
      (d) => ({ ...d, state: { 0: { momentum_buffer: ones([3]) } } }),
      "SGD.loadStateDict: 'momentum_buffer' of parameter 0 has shape [3], but the parameter has shape [2]",
    ],
    [
      'an invalid step count',
      (d) => ({ ...d, state: { 0: { step: Object.create(null) } } }),
      "SGD.loadStateDict: 'step' of parameter 0 must be a number, got an object",
    ],
    [
      'a parameter without an index',
      (d) => ({ ...d, param_groups: [{ params: [Object.create(null)] }] }),
      'SGD.loadStateDict: the params of group 0 of the dict must be integers, got an object',
    ],
    [
      'an invalid option',
      (d) => ({ ...d, param_groups: [{ ...d.param_groups[0], lr: -1 }] }),
      'SGD: lr must be a non-negative number, not -1',
    ],
  ];
  test.each(bad)('%s', (name, change, message) => {
    const optimizer = make();
    const before = optimizer.stateDict();
    const dict = change(optimizer.stateDict()) as never;
    expect(() => optimizer.loadStateDict(dict)).toThrow(message);
    const kind = name === 'an invalid option' ? ValueError : FormatError;
    expect(() => optimizer.loadStateDict(dict)).toThrow(kind);
    expect(optimizer.stateDict()).toEqual(before);
  });

  test('state that a step needs must be a tensor', () => {
    const optimizer = make();
    const dict = optimizer.stateDict();
    optimizer.loadStateDict({ ...dict, state: { 0: { momentum_buffer: [1, 2] } } } as never);
    expect(() => optimizer.step()).toThrow(
      "optimizer.step: the state 'momentum_buffer' must be a tensor, not [1, 2]",
    );
  });
});
