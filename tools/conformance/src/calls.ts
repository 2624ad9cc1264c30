// The methods of the backend contract, and how often a device was asked for each.
import type { Backend } from '@dl/core';

/** The name of a method of the contract. */
export type Method = {
  [K in keyof Backend]: Backend[K] extends (...args: never[]) => unknown ? K : never;
}[keyof Backend];

// A method that is not here does not compile.
const all: { readonly [M in Method]: true } = {
  alloc: true,
  free: true,
  memory: true,
  emptyCache: true,
  upload: true,
  download: true,
  prepare: true,
  map: true,
  reduce: true,
  fold: true,
  contract: true,
  scan: true,
  gather: true,
  scatter: true,
  sort: true,
  sync: true,
};

/** All methods of the contract. */
export const methods = Object.keys(all) as readonly Method[];

/** How often each method of a backend was called. */
export class Calls {
  private readonly counts = new Map<Method, number>();
  /** How many folds the backend had a faster way for. */
  folded = 0;

  note(method: Method): void {
    this.counts.set(method, this.of(method) + 1);
  }

  of(method: Method): number {
    return this.counts.get(method) ?? 0;
  }

  /** The methods that were never called. */
  never(): Method[] {
    return methods.filter((method) => this.of(method) === 0);
  }

  /** One line: each method with its number. */
  text(): string {
    const numbers = methods.map((m) => `${m} ${this.of(m).toLocaleString('en')}`);
    return `${numbers.join(', ')}; folds in one go ${this.folded.toLocaleString('en')}`;
  }
}
