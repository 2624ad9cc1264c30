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
