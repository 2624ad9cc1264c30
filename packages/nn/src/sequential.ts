// Sequential: modules one after another.
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

/** What `Sequential` makes; see there. */
class SequentialModules<T extends readonly Step[] = readonly Step[]>
  extends Module<[Tensor], Tensor>
  implements Iterable<T[number]>
{
  /** Printing and messages show the public name. */
  static override readonly name = 'Sequential';

  constructor(...modules: T | [Readonly<Record<string, Step>>]) {
    super();
    const [first] = modules;
    const named = modules.length === 1 && isOptionsObject(first);
    for (const [name, module] of Object.entries(named ? first : modules))
      putModule(this, name, module);
  }

  /** How many modules there are. */
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
   * @throws IndexError if there is none.
   * @example net.at(-1)
   */
  at(...given: GivenTo<typeof sequentialTakes.at>): Step {
    const [index] = sequentialTakes.at.take(given);
    const steps = this.steps();
    const found = steps[index < 0 ? index + steps.length : index];
    if (found === undefined) {
      throw new IndexError(
        `Sequential.at: no module ${index}; there are ${steps.length}, 0 to ${steps.length - 1}`,
      );
    }
    return found;
  }

  /**
   * Some of the modules, with their names, as another Sequential on the same modules (PyTorch:
   * `net[1:3]`).
   *
   * @example net.slice(0, -1).forward(x) // what the last layer gets
   */
  slice(...given: GivenTo<typeof sequentialTakes.slice>): Sequential {
    const [start, end] = sequentialTakes.slice.take(given);
    const chosen = membersOf(this).children.slice(start, end) as [string, Step][];
    const numbered = chosen.every(([key]) => /^\d+$/.test(key));
    return numbered
      ? new Sequential(...chosen.map(([, module]) => module))
      : (new Sequential(Object.fromEntries(chosen)) as Sequential);
  }

  /** Adds a module at the end, named by its position (PyTorch: `append`). */
  append(...given: [module: Step]): this {
    const [module] = sequentialTakes.append.take(given);
    putModule(this, String(this.length), module);
    return this;
  }

  /**
   * Adds a module at the end under a name (PyTorch: `add_module`).
   *
   * @throws ValueError for an unusable name.
   */
  add(...given: [name: string, module: Step]): this {
    const [name, module] = sequentialTakes.add.take(given);
    putModule(this, name, module);
    return this;
  }

  [Symbol.iterator](): Iterator<T[number]> {
    return this.steps()[Symbol.iterator]();
  }

  /** Names are the user's, as in PyTorch. */
  override stateKey(field: string): string {
    return field;
  }

  // Looked up each time, so that `net[1] = …` in plain JavaScript takes effect.
  private steps(): Step[] {
    return Object.values(this).filter((x): x is Step => isModule(x));
  }
}

/** What makes a Sequential; the result also has the modules as typed properties. */
interface SequentialConstructor {
  new (): Sequential;
  new <T extends readonly Step[]>(...modules: T): Sequential<T>;
  new <D extends Readonly<Record<string, Step>>>(modules: D): Sequential & Readonly<D>;
  // Subclasses take the signatures that are not generic.
  new (...modules: readonly Step[]): Sequential;
  new (modules: Readonly<Record<string, Step>>): Sequential;
  readonly prototype: Sequential;
}

export type Sequential<T extends readonly Step[] = readonly Step[]> = SequentialModules<T> &
  Positions<T>;
/**
 * Modules one after another, each given what the one before returned (PyTorch: `nn.Sequential`).
 *
 * Made from modules, they are named `0`, `1`, … and are properties of those names, with their types:
 * `net[0].weight`. Made from an object, they have its keys for names, which stay as they are.
 *
 * @throws ValueError if an argument is not a module, or a name is unusable.
 * @example
 * const net = new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1));
 * net[0].weight.shape // [8, 2]
 * net.forward(randn([5, 2])).shape // [5, 1]
 * new Sequential({ hidden: new Linear(2, 8), out: new Linear(8, 1) }).hidden.weight
 */
export const Sequential = SequentialModules as unknown as SequentialConstructor;
