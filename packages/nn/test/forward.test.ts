// Paths in error messages, and forward hooks.
import { AutogradError, ones, ShapeError, type Tensor, zeros } from '@dl/core';
import { describe, expect, test } from 'vitest';
import { Linear, Module, ReLU, Sequential } from '../src/index.js';
import { expectIdentical } from './support.js';

class Net extends Module {
  fc1 = new Linear(2, 3);
  fc2 = new Linear(4, 1);
  layers = [new ReLU(), new Sequential(new ReLU(), new Linear(9, 9))];
  where: 'field' | 'list' | 'self' | 'other' | 'foreign' = 'field';
  #outside = new Sequential(new Linear(8, 8));
  override forward(x: Tensor): Tensor {
    const h = this.fc1.forward(x);
    if (this.where === 'field') return this.fc2.forward(h);
    if (this.where === 'list') return this.layers[1].forward(h);
    if (this.where === 'other') return this.#outside.forward(h);
    if (this.where === 'foreign') throw new TypeError('mine');
    return h.add(ones([7]));
  }
}

function messageOf(f: () => unknown): string {
  try {
    f();
  } catch (e) {
    expect((e as Error).stack).toContain((e as Error).message);
    return (e as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('module paths in errors', () => {
  const x = zeros([1, 2]);

  test('contain the field of a user class', () => {
    const net = new Net();
    const message = messageOf(() => net.forward(x));
    expect(message).toMatch(/^Net\.fc2: linear: input of shape \[1, 3\]/);
    expect(() => net.forward(x)).toThrow(ShapeError);
  });

  test('begin at the outermost module and pass through Sequential, lists and nesting', () => {
    const net = new Net();
    const outer = new Sequential(new ReLU(), new Sequential(net));
    expect(messageOf(() => outer.forward(x))).toMatch(/^Sequential\.1\.0\.fc2: linear: input/);
    net.where = 'list';
    expect(messageOf(() => outer.forward(x))).toMatch(/^Sequential\.1\.0\.layers\.1\.1: linear: /);
    const named = new Sequential({ first: new Linear(2, 5), second: new Linear(4, 1) });
    expect(messageOf(() => named.forward(x))).toMatch(/^Sequential\.second: linear: /);
  });

  test("contain the module's own name once a parent knows it", () => {
    const net = new Net();
    net.where = 'self';
    expect(messageOf(() => net.forward(x))).toMatch(/^add: /);
    expect(messageOf(() => new Sequential(net).forward(x))).toMatch(/^Sequential\.0: add: /);
  });

  test('are missing for a layer without a parent', () => {
    expect(messageOf(() => new Linear(4, 1).forward(zeros([1, 3])))).toMatch(/^linear: /);
  });

  test('begin at the caller for a module that is not part of it', () => {
    const net = new Net();
    net.where = 'other';
    expect(messageOf(() => net.forward(x))).toMatch(/^Sequential\.0: linear: /);
    const outer = new Sequential(new ReLU(), net);
    expect(messageOf(() => outer.forward(x))).toMatch(/^Sequential\.1: Sequential\.0: linear: /);
  });

  test("are not added to the user's own errors", () => {
    const net = new Net();
    net.where = 'foreign';
    const outer = new Sequential(net);
    expect(() => outer.forward(x)).toThrow(TypeError);
    expect(messageOf(() => outer.forward(x))).toBe('mine');
  });

  test('contain a module once if forward calls super.forward()', () => {
    class Sub extends Net {
      override forward(y: Tensor): Tensor {
        return super.forward(y);
      }
    }
    expect(messageOf(() => new Sub().forward(x))).toMatch(/^Sub\.fc2: linear: /);
  });

  test('stay the same if an error is caught and thrown again', () => {
    class Catching extends Module {
      inner = new Net();
      override forward(y: Tensor): Tensor {
        try {
          return this.inner.forward(y);
        } catch (e) {
          if (e instanceof AutogradError) return y;
          throw e;
        }
      }
    }
    expect(messageOf(() => new Catching().forward(x))).toMatch(/^Catching\.inner\.fc2: linear: /);
  });

  test('do not change name, length and source of the wrapped function', () => {
    new Net();
    expect(Net.prototype.forward.name).toBe('forward');
    expect(Net.prototype.forward.length).toBe(1);
    expect(String(Net.prototype.forward)).toContain('this.#outside.forward(h)');
    expect(Object.keys(Net.prototype)).toEqual([]);
  });
});

describe('forward hooks', () => {
  test('get inputs and output, and may replace the output', () => {
    const layer = new Linear(2, 2);
    const seen: unknown[] = [];
    const x = ones([1, 2]);
    const handle = layer.registerForwardHook((m, inputs, output) => {
      seen.push(m, inputs, output);
    });
    const y = layer.forward(x);
    expect(seen[0]).toBe(layer);
    expectIdentical(seen[1], [x]);
    expect(seen[2]).toBe(y);
    handle.remove();
    const second = layer.registerForwardHook(() => zeros([1]));
    expect(layer.forward(x).toArray()).toEqual([0]);
    expect(seen).toHaveLength(3);
    second.remove();
    second.remove();
    expect(layer.forward(x).shape).toEqual([1, 2]);
  });

  test('run once if forward calls super.forward()', () => {
    class Sub extends Linear {
      override forward(x: Tensor): Tensor {
        return super.forward(x).relu();
      }
    }
    const layer = new Sub(2, 2);
    let calls = 0;
    const hook = () => {
      calls++;
    };
    layer.registerForwardHook(hook);
    layer.registerForwardHook(hook);
    layer.forward(ones([1, 2]));
    expect(calls).toBe(2);
    new Linear(2, 2).forward(ones([1, 2]));
    expect(calls).toBe(2);
  });
});
