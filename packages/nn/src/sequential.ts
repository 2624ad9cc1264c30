// Sequential: runs modules one after another.
import {
  type GivenTo,
  IndexError,
  isOptionsObject,
  kinds,
  need,
  type Tensor,
  takes,
} from '@dl/core/functional';
import { oneInput } from './arguments.js';
import { position, putModule, range } from './containers.js';
import { isModule, membersOf } from './members.js';
import { Module } from './module.js';

const sequentialTakes = /*#__PURE__*/ (() => ({
  at: position('Sequential.at'),
  slice: range('Sequential.slice'),
  append: takes<[module: unknown]>()(
    'Sequential.append',
    [/*#__PURE__*/ need('module', kinds.anything)],
    {},
  ),
  add: takes<[name: string, module: unknown]>()(
    'Sequential.add',
    [/*#__PURE__*/ need('name', kinds.string), /*#__PURE__*/ need('module', kinds.anything)],
    {},
  ),
}))();

/** A module that a Sequential can hold: one tensor in, one tensor out. */
export type Step = Module<[Tensor], Tensor>;

type Positions<T extends readonly Step[]> = {
  readonly [K in Extract<keyof T, `${number}`>]: T[K];
};

/** The class behind `Sequential`; see there. */
class SequentialModules<T extends readonly Step[] = readonly Step[]>
  extends Module<[Tensor], Tensor>
  implements Iterable<T[number]>
{
  /** The name for printing and messages. */
  static override readonly name = 'Sequential';

  constructor(...modules: T | [Readonly<Record<string, Step>>]) {
    super();
    const [first] = modules;
    const named = modules.length === 1 && isOptionsObject(first);
    for (const [name, module] of Object.entries(named ? first : modules))
      putModule(this, name, module);
  }

  /** The number of modules. */
  get length(): number {
    return this.steps().length;
  }

  /** Runs the modules one after another. */
  override forward(...given: [x: Tensor]): Tensor {
    let out = oneInput(this, given);
    for (const module of this.steps()) out = module.forward(out);
    return out;
  }

  /**
   * The module at a position; a negative one counts from the end (PyTorch: `net[i]`).
   *
   * @throws IndexError if there is no such module.
   * @example net.at(-1)
   */
  at(...given: GivenTo<typeof sequentialTakes.at>): Step {
    const [index] = sequentialTakes.at.take(given);
    const steps = this.steps();
    const found = steps[index < 0 ? index + steps.length : index];
    if (found === undefined) {
      throw new IndexError(
        `Sequential.at: index ${index} is out of range for ${steps.length} modules`,
      );
    }
    return found;
  }

  /**
   * A range of the modules, with their names, as a new Sequential that shares them (PyTorch:
   * `net[1:3]`).
   *
   * @example net.slice(0, -1).forward(x) // the input of the last layer
   */
  slice(...given: GivenTo<typeof sequentialTakes.slice>): Sequential {
    const [start, end] = sequentialTakes.slice.take(given);
    const chosen = membersOf(this).children.slice(start, end) as [string, Step][];
    const numbered = chosen.every(([key]) => /^\d+$/.test(key));
    return numbered
      ? new Sequential(...chosen.map(([, module]) => module))
      : (new Sequential(Object.fromEntries(chosen)) as Sequential);
  }

  /** Appends a module, named by its index (PyTorch: `append`). */
  append(...given: [module: Step]): this {
    const [module] = sequentialTakes.append.take(given);
    putModule(this, String(this.length), module);
    return this;
  }

  /**
   * Appends a module under a name (PyTorch: `add_module`).
   *
   * @throws ValueError for an invalid name.
   */
  add(...given: [name: string, module: Step]): this {
    const [name, module] = sequentialTakes.add.take(given);
    putModule(this, name, module);
    return this;
  }

  [Symbol.iterator](): Iterator<T[number]> {
    return this.steps()[Symbol.iterator]();
  }

  /** Keys are the user's names, as in PyTorch. */
  override stateKey(field: string): string {
    return field;
  }

  // Look the modules up each time, so that `net[1] = …` in plain JavaScript takes effect.
  private steps(): Step[] {
    return Object.values(this).filter((x): x is Step => isModule(x));
  }
}

/** The constructor of Sequential; an instance has its modules as typed properties. */
interface SequentialConstructor {
  new (): Sequential;
  new <T extends readonly Step[]>(...modules: T): Sequential<T>;
  new <D extends Readonly<Record<string, Step>>>(modules: D): Sequential & Readonly<D>;
  // Subclasses use the signatures that are not generic.
  new (...modules: readonly Step[]): Sequential;
  new (modules: Readonly<Record<string, Step>>): Sequential;
  readonly prototype: Sequential;
}

export type Sequential<T extends readonly Step[] = readonly Step[]> = SequentialModules<T> &
  Positions<T>;
/**
 * Runs modules one after another; each takes the output of the one before (PyTorch: `nn.Sequential`).
 *
 * Modules passed as arguments are named `0`, `1`, … and are typed properties: `net[0].weight`. Modules passed in an
 * object have its keys as names, unchanged.
 *
 * @throws ValueError if an argument is not a module, or a name is invalid.
 * @example
 * const net = new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1));
 * net[0].weight.shape // [8, 2]
 * net.forward(randn([5, 2])).shape // [5, 1]
 * new Sequential({ hidden: new Linear(2, 8), out: new Linear(8, 1) }).hidden.weight
 */
export const Sequential = SequentialModules as unknown as SequentialConstructor;
