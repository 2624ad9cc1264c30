// Holds functions, classes and methods to what they say that they take: nothing that was given is ignored.

import { DLError, isOptionsObject, kinds, Signature, tensor } from '@dl/core';
import { describe, expect, it, vi } from 'vitest';

/** Something that users call. */
export interface Called {
  /** Calls it; `new` for a class. */
  readonly call: (...args: never[]) => unknown;
  /**
   * Arguments that it takes, one for each place that has to be filled and as many others as one likes. Left out where it
   * has a signature: then values of the right kinds, which it may refuse for what they are.
   */
  readonly args?: () => readonly unknown[];
  /** What messages begin with, where that is not the name in the table. */
  readonly says?: RegExp;
  /** Options that every call needs. */
  readonly needs?: () => Readonly<Record<string, unknown>>;
  /** Its signature; otherwise the first one that a call asks. */
  readonly signature?: Signature;
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

/** Of which one at least is of each kind that functions take. */
const samples = (): unknown[] => [
  tensor([1, 2]),
  1,
  true,
  [1],
  'mean',
  'float32',
  [tensor([1])],
  new Uint8Array(1),
  () => tensor([1]),
  null,
];

/** The message of what was thrown, which must be an error of the family. */
function messageOf(thrown: unknown, what: string): string {
  const text = thrown instanceof Error ? thrown.stack : String(thrown);
  expect(thrown, `${what}: ${text}`).toBeInstanceOf(DLError);
  return (thrown as Error).message;
}

/** The message with which a call is refused, or null if it is not; an error must be of the family. */
export function refusal(call: () => unknown, what = ''): string | null {
  try {
    call();
    return null;
  } catch (e) {
    return messageOf(e, what);
  }
}

/** Arguments as a failing test shows them. */
export const shown = (args: readonly unknown[]): string => args.map(kinds.described).join(', ');

/** One of a table, and how it is called. */
class Held {
  /** Values that are only of the right kinds may be refused for what they are, by what the function calls. */
  readonly sampled: boolean;
  private readonly begins: RegExp;

  constructor(
    private readonly name: string,
    private readonly called: Called,
    private readonly more: readonly unknown[],
  ) {
    const { signature, says, args } = called;
    this.sampled = args === undefined;
    this.begins = says ?? new RegExp(`^${(signature?.name ?? name).replaceAll('.', '\\.')}: `);
  }

  args(): readonly unknown[] {
    const { args, signature } = this.called;
    if (args !== undefined) return args();
    const all = [...samples(), ...this.more];
    return signature?.places.map(({ kind }) => all.find((v) => kind.is(v))) ?? [];
  }

  /** What a call throws, or rejects with; an error must be of the family and name what was called. */
  async refused(...args: unknown[]): Promise<string | null> {
    const { call, needs } = this.called;
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
      const what = `${this.name}(${shown(given)})`;
      const message = messageOf(e, what);
      if (!this.sampled) expect(message, what).toMatch(this.begins);
      return message;
    }
  }

  /** Expects a refusal of an argument, by its name and in the name of what was called. */
  names(message: string | null, argument: string | RegExp): void {
    expect(message ?? 'nothing refused').toMatch(this.begins);
    expect(message).toMatch(argument);
  }

  /** Its signature; where the table does not say it, the first one that a call asks. */
  async signatureOf(): Promise<Signature> {
    if (this.called.signature !== undefined) return this.called.signature;
    const given = this.args();
    const spies = [
      vi.spyOn(Signature.prototype, 'fits'),
      vi.spyOn(Signature.prototype, 'take'),
    ] as const;
    try {
      expect(await this.refused(...given)).toBeNull();
      const asked = spies
        .flatMap(({ mock }) =>
          mock.contexts.map((context, i) => ({
            context,
            order: mock.invocationCallOrder[i] ?? 0,
          })),
        )
        .sort((a, b) => a.order - b.order);
      expect(asked.length, 'a call asks no signature').toBeGreaterThan(0);
      return asked[0]?.context as Signature;
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  }
}

async function refusesUnknownNames(held: Held): Promise<void> {
  const { options, further } = await held.signatureOf();
  if (options === null) return;
  // Among any number of arguments an options object is one of another kind.
  const unknown = (text: string): RegExp => (further === null ? new RegExp(text) : /must be/);
  held.names(await held.refused(...held.args(), { no_such_option: 1 }), unknown('no_such_option'));
  for (const option of Object.keys(options)) {
    const wrong = `${option.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}_`;
    held.names(await held.refused(...held.args(), { [wrong]: 1 }), unknown(`mean ${option}`));
  }
}

async function refusesSurplus(held: Held): Promise<void> {
  const { places, further } = await held.signatureOf();
  const surplus = held.sampled && further === null ? /takes/ : /takes|must be/;
  const all = places.map((_, i) => held.args()[i]);
  held.names(await held.refused(...all, Symbol('more')), surplus);
  held.names(await held.refused(...all, ...strange()), /takes|must be/);
}

async function takesAllByName(held: Held): Promise<void> {
  const { places } = await held.signatureOf();
  for (let k = 1; k < held.args().length; k++) {
    const given = held.args();
    const named = Object.fromEntries(
      places.slice(k, given.length).map((place, i) => [place.name, given[k + i]]),
    );
    const message = await held.refused(...given.slice(0, k), named);
    if (held.sampled) expect(message ?? '').not.toMatch(/unknown option|is missing|takes/);
    else expect(message).toBeNull();
  }
}

async function refusesOtherKinds(held: Held): Promise<void> {
  const { places, options } = await held.signatureOf();
  for (const [i, place] of places.entries()) {
    for (const wrong of strange()) {
      const given = [...held.args()];
      while (given.length < i) given.push(undefined);
      given[i] = wrong;
      const message = await held.refused(...given);
      if (place.kind.is(wrong)) continue;
      // An integer may begin a list that is written out; what is wrong with that list is said by the function.
      if (held.sampled && place.kind === kinds.integers && Number.isInteger(wrong)) {
        expect(message).not.toBeNull();
      } else held.names(message, place.name);
    }
  }
  for (const [option, kind] of Object.entries(options ?? {})) {
    for (const wrong of strange()) {
      const message = await held.refused(...held.args(), { [option]: wrong });
      if (!kind.is(wrong)) held.names(message, option);
    }
  }
}

/** Describes each of the table, by name, and holds it to its signature. */
export function hold(table: Readonly<Record<string, Called>>, more: readonly unknown[] = []): void {
  describe.each(Object.entries(table))('%s', (name, called) => {
    const held = new Held(name, called, more);
    it('refuses names that there are not', () => refusesUnknownNames(held));
    it('refuses surplus arguments', () => refusesSurplus(held));
    it('takes every argument by name', () => takesAllByName(held));
    it('refuses other kinds with an error of the family, in every position', () =>
      refusesOtherKinds(held));
  });
}

export const isClass = (f: unknown): boolean =>
  typeof f === 'function' && /^class\b/.test(Function.prototype.toString.call(f));

type Function_ = Called['call'] & { readonly signature?: Signature };

/**
 * Holds the functions of a package to the signatures that they show, and fails for those that show none.
 *
 * @param without those that have none, each with the reason.
 * @param more values of kinds that only this package has.
 */
export function holdFunctions(
  exported: Readonly<Record<string, unknown>>,
  without: Readonly<Record<string, string>>,
  more: readonly unknown[] = [],
): void {
  const functions = Object.entries(exported).filter(
    (entry): entry is [string, Function_] => typeof entry[1] === 'function' && !isClass(entry[1]),
  );
  it('every function has a signature', () => {
    const missing = functions.filter(([, f]) => f.signature === undefined).map(([name]) => name);
    expect(missing.sort()).toEqual(Object.keys(without).sort());
  });
  const table: Record<string, Called> = {};
  for (const [name, call] of functions) {
    if (call.signature !== undefined) table[name] = { call, signature: call.signature };
  }
  hold(table, more);
}

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
