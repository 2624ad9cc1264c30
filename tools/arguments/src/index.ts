// Holds functions, classes and methods to what they say that they take: nothing that was given is ignored.

import { DLError, isOptionsObject, kinds, Signature, tensor } from '@dl/core';
import { describe, expect, it, vi } from 'vitest';

/** Something that users call. */
export interface Called {
  /** Calls it; `new` for a class. */
  readonly call: (...args: never[]) => unknown;
  /** Arguments that it takes, one for each place that has to be filled and as many others as one likes. */
  readonly args: () => readonly unknown[];
  /** What messages begin with, where that is not the name in the table. */
  readonly says?: RegExp;
  /** Options that every call needs. */
  readonly needs?: () => Readonly<Record<string, unknown>>;
}

/** Of no kind, or of some kinds and not of others. */
export const strange = (): unknown[] => [
  null,
  'text',
  NaN,
  -7,
  1.5,
  true,
  10n,
  Symbol('s'),
  [],
  ['a'],
  [[1], 2],
  new Map(),
  Promise.resolve(1),
  () => 1,
  new Float32Array(2),
  tensor([[1, 2]]),
];

/** Describes each of the table, by name, and holds it to its signature. */
export function hold(table: Readonly<Record<string, Called>>): void {
  describe.each(Object.entries(table))('%s', (name, { call, args, says, needs }) => {
    const begins = says ?? new RegExp(`^${name.replaceAll('.', '\\.')}: `);

    /** What a call throws, or rejects with; an error must be of the family and name what was called. */
    const refusal = async (...args: unknown[]): Promise<string | null> => {
      const last = args.at(-1);
      const named = isOptionsObject(last) && Object.keys(last).length > 0;
      const given =
        needs === undefined
          ? args
          : named
            ? [...args.slice(0, -1), { ...needs(), ...last }]
            : [...args, needs()];
      try {
        await (call as (...args: unknown[]) => unknown)(...given);
        return null;
      } catch (e) {
        const what = `${name}(${given.map(kinds.described).join(', ')})`;
        expect(e, `${what}: ${e instanceof Error ? e.stack : String(e)}`).toBeInstanceOf(DLError);
        expect((e as Error).message, what).toMatch(begins);
        return (e as Error).message;
      }
    };

    /** The first signature that a call asks. */
    const signatureOf = async (): Promise<Signature> => {
      const given = args();
      const spy = vi.spyOn(Signature.prototype, 'take');
      try {
        expect(await refusal(...given)).toBeNull();
        expect(spy.mock.contexts.length, 'a call asks no signature').toBeGreaterThan(0);
        return spy.mock.contexts[0] as Signature;
      } finally {
        spy.mockRestore();
      }
    };

    it('refuses names that there are not', async () => {
      const { options } = await signatureOf();
      if (options === null) return;
      expect(await refusal(...args(), { no_such_option: 1 })).toMatch(/no_such_option/);
      for (const option of Object.keys(options)) {
        const wrong = `${option.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}_`;
        expect(await refusal(...args(), { [wrong]: 1 })).toMatch(new RegExp(`mean ${option}`));
      }
    });

    it('refuses surplus arguments', async () => {
      const { places } = await signatureOf();
      const all = places.map((_, i) => args()[i]);
      expect(await refusal(...all, Symbol('more'))).toMatch(/takes|must be/);
      expect(await refusal(...all, ...strange())).toMatch(/takes|must be/);
    });

    it('takes every argument by name', async () => {
      const { places } = await signatureOf();
      for (let k = 1; k < args().length; k++) {
        const given = args();
        const named = Object.fromEntries(
          places.slice(k, given.length).map((place, i) => [place.name, given[k + i]]),
        );
        expect(await refusal(...given.slice(0, k), named)).toBeNull();
      }
    });

    it('refuses other kinds with an error of the family, in every position', async () => {
      const { places, options } = await signatureOf();
      for (const [i, place] of places.entries()) {
        for (const wrong of strange()) {
          const given = [...args()];
          while (given.length < i) given.push(undefined);
          given[i] = wrong;
          const message = await refusal(...given);
          if (!place.kind.is(wrong)) expect(message ?? 'nothing refused').toContain(place.name);
        }
      }
      for (const [option, kind] of Object.entries(options ?? {})) {
        for (const wrong of strange()) {
          const message = await refusal(...args(), { [option]: wrong });
          if (!kind.is(wrong)) expect(message ?? 'nothing refused').toContain(option);
        }
      }
    });
  });
}

const isClass = (f: unknown): boolean =>
  typeof f === 'function' && /^class\b/.test(Function.prototype.toString.call(f));

/** Fails for a function or class of a package that the table does not hold. */
export function holdsAll(
  exported: object,
  table: object,
  without: Readonly<Record<string, string>> = {},
): void {
  it('every function and class is in the table', () => {
    const missing = Object.entries(exported)
      .filter(([name, f]) => typeof f === 'function' && !(name in table) && !(name in without))
      .map(([name, f]) => `${isClass(f) ? 'class ' : ''}${name}`);
    expect(missing).toEqual([]);
  });
}
