// What a device does for core and for no operator: memory, preparing, waiting.
import {
  type Backend,
  empty,
  isFloat,
  ones,
  registerBackend,
  type Tensor,
  tensor,
  zeros,
} from '@dl/core';
import { read } from '../compare.js';

type Program = Parameters<Backend['prepare']>[0];

/** A check of the device behind the guards: null, or what is wrong. */
export interface BackendCheck {
  readonly name: string;
  readonly body: (device: string) => Promise<string | null>;
}

const backendNow = (device: string): Backend => zeros([0], { device }).storage.backend;

/** The program that core hands to `map` while `body` runs. */
function programOf(device: string, body: () => Tensor): Program {
  const inner = backendNow(device);
  let seen: Program | null = null;
  const spy: Backend = Object.create(inner, {
    map: {
      value: (...args: Parameters<Backend['map']>) => {
        seen = args[0];
        inner.map(...args);
      },
    },
  });
  registerBackend(spy);
  try {
    body();
  } finally {
    registerBackend(inner);
  }
  if (seen === null) throw new Error('core has not called map');
  return seen;
}

const equal = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((v, i) => v === b[i]);

export const backendChecks: readonly BackendCheck[] = [
  {
    name: 'memory() counts what is allocated and what is given back',
    body: async (device) => {
      const backend = backendNow(device);
      const before = backend.memory();
      const x = zeros([1000], { device });
      const during = backend.memory();
      x.dispose();
      const grown = during.live - before.live;
      if (!backend.counted) {
        return grown === 0 ? null : `${grown} bytes are counted where nothing is counted`;
      }
      return grown >= 4000 ? null : `1,000 float32 raise the live bytes by ${grown}`;
    },
  },
  {
    name: 'emptyCache() keeps nothing for later, and nothing that is in use is lost',
    body: async (device) => {
      const backend = backendNow(device);
      const kept = ones([3, 5], { device });
      ones([20_000], { device }).dispose();
      backend.emptyCache();
      const { pooled } = backend.memory();
      if (pooled !== 0) return `${pooled} bytes are still kept`;
      return equal(await read(kept), new Array(15).fill(1)) ? null : 'a tensor has changed';
    },
  },
  {
    name: 'sync() resolves once the work is done',
    body: async (device) => {
      let x = ones([64], { device });
      for (let i = 0; i < 20; i++) x = x.add(x);
      const result = await backendNow(device).sync();
      if (result !== undefined) return `sync() gives ${String(result)}`;
      return equal(await read(x), new Array(64).fill(2 ** 20)) ? null : 'the work was not done';
    },
  },
  {
    name: 'prepare() ahead of the first use changes no result',
    body: async (device) => {
      const backend = backendNow(device);
      const values = [0, 0.5, -1, 2, 3, -4, 5];
      const x = tensor(values, { device });
      const out = empty([7], { device });
      const program = programOf(device, () => tensor(values, { device }).sin());
      await backend.prepare(program);
      backend.map(program, [x], [out], []);
      const plain = await read(x.sin());
      return equal(await read(out), plain) ? null : 'the results differ';
    },
  },
  {
    name: 'a program that gives a number reads nothing, in any order of its input',
    body: async (device) => {
      const x = ones([40, 3, 50], { device }).mul(2);
      for (const view of [
        x,
        x.permute(2, 0, 1),
        x.at('::2'),
        x.select(1, 1).t(),
        x.sum(0, { keepdim: true }).expand([4, 3, 50]),
      ]) {
        const values = await read(view.pow(0));
        if (values.some((v) => v !== 1))
          return `strides [${view.strides}]: ${values.find((v) => v !== 1)}`;
      }
      return null;
    },
  },
  {
    name: 'free() takes memory that is used again with other values',
    body: async (device) => {
      for (let i = 0; i < 8; i++) {
        const x = ones([5000], { device }).mul(i);
        const [first] = await read(x.sum());
        x.dispose();
        if (first !== 5000 * i) return `round ${i}: the sum is ${first}`;
        const fresh = zeros([5000], { device });
        const [none] = await read(fresh.sum());
        fresh.dispose();
        if (none !== 0) return `round ${i}: zeros add up to ${none}`;
      }
      return null;
    },
  },
  {
    name: 'upload() and download() keep every dtype',
    body: async (device) => {
      const backend = backendNow(device);
      for (const [dtype, data] of [
        ['float32', Float32Array.of(0.5, -2, 3e38)],
        ['int32', Int32Array.of(1, -7, 2 ** 31 - 1)],
        ['uint8', Uint8Array.of(0, 200, 255)],
        ['bool', Uint8Array.of(1, 0, 1)],
      ] as const) {
        const buffer = backend.upload(data, dtype);
        const back = await backend.download(buffer, dtype, 1, 2);
        backend.free(buffer, dtype);
        if (back.constructor !== data.constructor)
          return `${dtype}: gives ${back.constructor.name}`;
        if (isFloat(dtype) && back[0] !== -2) return `${dtype}: gives ${String(back[0])}`;
        if (!equal(Array.from(back, Number), Array.from(data, Number).slice(1))) {
          return `${dtype}: gives ${back.join(', ')}`;
        }
      }
      return null;
    },
  },
];
