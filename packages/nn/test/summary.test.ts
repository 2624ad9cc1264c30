// The summary table.
import { inspect } from 'node:util';
import { manualSeed, ones, rand, type Tensor } from '@dl/core';
import { describe, expect, test } from 'vitest';
import { Dropout, Linear, Module, Parameter, ReLU, Sequential, summary } from '../src/index.js';
import { Custom, Tied } from './support.js';

const mlp = () =>
  new Sequential(new Linear(784, 256), new ReLU(), new Dropout(), new Linear(256, 10));

describe('summary', () => {
  test('prints as a table', () => {
    expect(summary(mlp(), [1, 784]).toString()).toBe(
      [
        'Layer       Output shape  Parameters',
        '------------------------------------',
        'Sequential  [1, 10]                0',
        '0: Linear   [1, 256]         200,960',
        '1: ReLU     [1, 256]               0',
        '2: Dropout  [1, 256]               0',
        '3: Linear   [1, 10]            2,570',
        '------------------------------------',
        'Parameters: 203,530 (trainable 203,530, not trainable 0)',
        'Memory: 814,120 bytes in parameters and buffers',
      ].join('\n'),
    );
    expect(inspect(summary(mlp(), [1, 784]))).toContain('0: Linear');
  });

  test('does not change the model or the global generator', () => {
    const net = mlp();
    net[2].eval();
    manualSeed(0);
    const first = rand([1]).item();
    manualSeed(0);
    summary(net, [1, 784]);
    expect(rand([1]).item()).toBe(first);
    expect([...net.modules()].map((m) => m.training)).toEqual([true, true, true, false, true]);
    expect(net[0].weight.grad).toBeNull();
    expect(() => summary(net, [1, 3])).toThrow(/^Sequential\.0: linear: /);
    expect([...net.modules()].map((m) => m.training)).toEqual([true, true, true, false, true]);
  });

  test('runs in evaluation mode and without gradients', () => {
    const seen: boolean[] = [];
    class Watch extends Module {
      fc = new Linear(1, 1);
      override forward(x: Tensor): Tensor {
        const y = this.fc.forward(x);
        seen.push(this.training, this.fc.training, y.requiresGrad);
        return y;
      }
    }
    summary(new Watch(), [1, 1]);
    expect(seen).toEqual([false, false, false]);
  });

  test('counts frozen and shared parameters, lists, buffers and dtypes', () => {
    const net = mlp();
    net[0].requiresGrad_(false);
    const s = summary(net.double(), [5, 784]);
    expect([s.parameters, s.trainable, s.nonTrainable]).toEqual([203530, 2570, 200960]);
    expect(s.bytes).toBe(203530 * 8);
    expect(s.layers[1]).toEqual({
      path: '0',
      type: 'Linear',
      outputShape: [5, 256],
      parameters: 200960,
    });
    const tied = summary(new Tied(), [1, 3]);
    expect(tied.parameters).toBe(9 + 3 + 3);
    expect(tied.layers.map((row) => row.parameters)).toEqual([0, 12, 3]);
    const custom = summary(new Custom(), [4, 2]);
    const sum = custom.layers.reduce((total, row) => total + row.parameters, 0);
    expect(sum).toBe(custom.parameters);
    // Two of its own and seven in a list; the block does not run.
    expect(custom.layers[0].parameters).toBe(2 + 7);
    expect(custom.layers[1].outputShape).toBeNull();
    expect(custom.toString()).toMatch(/block: Block +- /);
    // Float buffers of 2 and 1, and an int64 counter.
    expect(custom.bytes).toBe(custom.parameters * 4 + 3 * 4 + 8);
  });

  test('supports several inputs and outputs, and a model without parameters', () => {
    class Two extends Module<[Tensor, Tensor], [Tensor, Tensor]> {
      override forward(a: Tensor, b: Tensor): [Tensor, Tensor] {
        return [a.add(b), b];
      }
    }
    const s = summary(new Two(), [
      [2, 3],
      [1, 3],
    ]);
    expect(s.layers[0].outputShape).toEqual([
      [2, 3],
      [1, 3],
    ]);
    expect(s.toString()).toContain('[[2, 3], [1, 3]]');
    expect(s.parameters).toBe(0);
  });

  test('uses the given dtype for the input', () => {
    class Pick extends Module {
      table = new Parameter(ones([3, 2]));
      override forward(x: Tensor): Tensor {
        expect(x.dtype).toBe('int32');
        return this.table.indexSelect(0, x);
      }
    }
    expect(summary(new Pick(), [5], { dtype: 'int32' }).layers[0].outputShape).toEqual([5, 2]);
  });
});
