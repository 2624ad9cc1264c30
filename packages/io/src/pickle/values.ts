// Values in a pickle that JavaScript does not have.

/** A name in Python: a class or function, without the object itself. */
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

/** An object of a class: its name and its state, which is plain data. */
export class PyObject {
  readonly type: PyGlobal;
  /** Position in the pickle where it was created. */
  readonly at: number;
  state: unknown = null;

  constructor(type: PyGlobal, at: number) {
    this.type = type;
    this.at = at;
  }
}

/**
 * An object of an unknown class, or the result of a call that is not executed: the pickle's description of it, as data.
 */
export class PyForeign {
  /** The class or function; rarely itself the result of a call. */
  readonly callee: PyGlobal | PyForeign;
  readonly args: readonly unknown[];
  /** Keyword arguments. */
  readonly named: PyDict | null;
  /** Position in the pickle where it was created. */
  readonly at: number;
  /** The argument for its `__setstate__` or `__dict__`; undefined if there is none. */
  state: unknown;
  /** Items, for a subclass of a list or set. */
  items: unknown[] | null = null;
  /** Entries, for a subclass of a dict. */
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

/** The parts of a value that contain other values. */
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

/** Every object in a pickle's value, including itself, once. */
export function* objectsIn(value: unknown): Generator<object> {
  const seen = new Set<object>();
  // An explicit stack: the value may be nested deeper than the call stack allows.
  const todo: unknown[] = [value];
  while (todo.length > 0) {
    const x = todo.pop();
    if (typeof x !== 'object' || x === null || x instanceof Uint8Array || seen.has(x)) continue;
    seen.add(x);
    yield x;
    for (const part of partsOf(x)) if (typeof part === 'object' && part !== null) todo.push(part);
  }
}
