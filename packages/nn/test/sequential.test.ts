// Sequential as a list and as named modules.
import { ones, zeros } from '@dl/core';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { Linear, type Parameter, ReLU, Sequential, Tanh } from '../src/index.js';

const make = () => new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1));

describe('Sequential', () => {
  test('runs its modules in order', () => {
    const net = make();
    const x = ones([3, 2]);
    const byHand = net[2].forward(net[1].forward(net[0].forward(x)));
    expect(net.forward(x).toArray()).toEqual(byHand.toArray());
  });

  test('modules are typed properties', () => {
    const net = make();
    expectTypeOf(net[0]).toEqualTypeOf<Linear>();
    expectTypeOf(net[1]).toEqualTypeOf<Tanh>();
    expectTypeOf(net[0].weight).toEqualTypeOf<Parameter>();
    expect(net[0].weight.shape).toEqual([8, 2]);
    // @ts-expect-error there is no fourth module
    expect(net[3]).toBeUndefined();
    const named = new Sequential({ hidden: new Linear(2, 3), out: new ReLU() });
    expectTypeOf(named.hidden).toEqualTypeOf<Linear>();
    expect(named.hidden.weight.shape).toEqual([3, 2]);
  });

  test('supports at, length, iteration, slice, append and add', () => {
    const net = make();
    expect(net.length).toBe(3);
    expect(net.at(0)).toBe(net[0]);
    expect(net.at(-1)).toBe(net[2]);
    expect([...net]).toEqual([net[0], net[1], net[2]]);
    expect(() => net.at(3)).toThrow('Sequential.at: index 3 is out of range for 3 modules');
    expect(() => net.at(-4)).toThrow('Sequential.at: index -4 is out of range');
    const head = net.slice(0, -1);
    expect([...head]).toEqual([net[0], net[1]]);
    expect(head.toString()).toContain('(1): Tanh()');
    const named = new Sequential({ a: new ReLU(), b: new Tanh() }).slice(1);
    expect([...named.namedChildren()].map(([n]) => n)).toEqual(['b']);
    expect(net.append(new ReLU())).toBe(net);
    net.add('last', new Tanh());
    expect([...net.namedChildren()].map(([n]) => n)).toEqual(['0', '1', '2', '3', 'last']);
    expect(net.forward(zeros([1, 2])).shape).toEqual([1, 1]);
  });

  test('runs a replaced module', () => {
    const net = make() as { 1: unknown } & ReturnType<typeof make>;
    net[1] = new ReLU();
    expect(net.toString()).toContain('(1): ReLU()');
    const byHand = net[2].forward(net[0].forward(ones([1, 2])).relu());
    expect(net.forward(ones([1, 2])).toArray()).toEqual(byHand.toArray());
  });

  test('prints the name of a subclass', () => {
    class Small extends Sequential {
      constructor() {
        super(new Linear(2, 1), new ReLU());
      }
    }
    const net = new Small();
    expect(net).toBeInstanceOf(Sequential);
    expect(net.length).toBe(2);
    expect(net.toString()).toMatch(/^Small\(\n {2}\(0\): Linear/);
  });

  test('throws for values that are not modules, and for invalid names', () => {
    expect(() => new Sequential(new ReLU(), 3 as never)).toThrow(
      "Sequential: expected modules, but '1' is 3; pass a module such as new Linear(…)",
    );
    expect(() => new Sequential(ReLU as never, new ReLU())).toThrow(
      "Sequential: expected modules, but '0' is the class ReLU; create an instance with new",
    );
    expect(() => new Sequential([new ReLU()] as never)).toThrow(
      "Sequential: expected modules, but '0' is an array",
    );
    expect(() => new Sequential({ a: null as never })).toThrow("but 'a' is null");
    for (const other of [new Map([['a', new ReLU()]]), Promise.resolve(new ReLU()), new Date()]) {
      expect(() => new Sequential(other as never)).toThrow(/expected modules, but '0' is a .*/);
    }
    expect(() => new Sequential({ 'a.b': new ReLU() })).toThrow(
      "Sequential: 'a.b' cannot be the name of a module: it must not be empty or contain a dot",
    );
    expect(() => new Sequential({ '': new ReLU() })).toThrow("Sequential: '' cannot be");
    for (const name of ['forward', 'training', 'length', '__proto__']) {
      expect(() => new Sequential().add(name, new ReLU())).toThrow(
        `Sequential: '${name}' cannot be the name of a module: Sequential already has it`,
      );
    }
  });
});
