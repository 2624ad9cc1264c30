// What a pickle holds that JavaScript has not.

/** A name of Python's: a class or function. Nothing stands behind it. */
export class PyGlobal {
  readonly module: string;
  readonly name: string;

  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }

  /** `torch.nn.modules.linear.Linear` */
  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** A tuple. */
export class PyTuple {
  readonly items: readonly unknown[];

  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/** A dict, in its order. */
export class PyDict {
  readonly entries = new Map<unknown, unknown>();
}

/** A set. */
export class PySet {
  readonly items = new Set<unknown>();
}

/** An object of a class: its name and its state, which is data. */
export class PyObject {
  readonly type: PyGlobal;
  /** Where the pickle made it. */
  readonly at: number;
  state: unknown = null;

  constructor(type: PyGlobal, at: number) {
    this.type = type;
    this.at = at;
  }
}

/**
 * An object of a class that is not known, or the result of a call that is not made: what the pickle says of it, as data.
 */
export class PyForeign {
  /** The class or function; itself the result of a call in rare cases. */
  readonly callee: PyGlobal | PyForeign;
  readonly args: readonly unknown[];
  /** Arguments by name. */
  readonly named: PyDict | null;
  /** Where the pickle made it. */
  readonly at: number;
  /** What its `__setstate__` or `__dict__` would get; undefined where there is nothing. */
  state: unknown;
  /** Items, of a subclass of a list or set. */
  items: unknown[] | null = null;
  /** Entries, of a subclass of a dict. */
  entries: Map<unknown, unknown> | null = null;

  constructor(
    callee: PyGlobal | PyForeign,
    args: readonly unknown[],
    at: number,
    named: PyDict | null = null,
  ) {
    this.callee = callee;
    this.args = args;
    this.at = at;
    this.named = named;
  }
}

/** The parts of a value that hold others. */
export function* partsOf(x: object): Generator<unknown> {
  if (Array.isArray(x)) yield* x;
  else if (x instanceof PyTuple || x instanceof PySet) yield* x.items;
  else if (x instanceof PyDict) for (const [key, item] of x.entries) yield* [key, item];
  else if (x instanceof PyObject) yield x.state;
  else if (x instanceof PyForeign) {
    yield* [x.callee, x.state, x.named];
    yield* x.args;
    if (x.items !== null) yield* x.items;
    if (x.entries !== null) for (const [key, item] of x.entries) yield* [key, item];
  }
}

/** Every object that a pickle's value holds, itself included, once. */
export function* objectsIn(value: unknown): Generator<object> {
  const seen = new Set<object>();
  // A stack of its own: the value may be nested deeper than the machine's goes.
  const todo: unknown[] = [value];
  while (todo.length > 0) {
    const x = todo.pop();
    if (typeof x !== 'object' || x === null || x instanceof Uint8Array || seen.has(x)) continue;
    seen.add(x);
    yield x;
    for (const part of partsOf(x)) if (typeof part === 'object' && part !== null) todo.push(part);
  }
}
