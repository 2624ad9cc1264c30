// Recipes: the launches of an operation's call, so that the same call needs no new shader text.
import type { Program, View } from '@dl/core/functional';
import { wordOf } from './kernel.js';
import type { Launch, Launched, Memory, Runtime } from './runtime.js';

/** Maximum number of recipes; the least recently used one is dropped first. */
const KEPT = 2048;

/** A dispatch of a recipe; its buffers are those of the call's views, followed by the operation's temporary ones. */
interface Step {
  readonly launch: Launch;
  readonly slots: readonly number[];
}

interface Recipe {
  readonly steps: readonly Step[];
  /** Sizes of the operation's temporary buffers, in elements. */
  readonly own: readonly number[];
  readonly result: unknown;
}

const none: readonly number[] = [];

const programs = new WeakMap<Program, number>();
let programCount = 0;

function numberOf(program: Program): number {
  let found = programs.get(program);
  if (found === undefined) {
    found = programCount++;
    programs.set(program, found);
  }
  return found;
}

/** The recipes of one runtime. */
export class Recipes {
  readonly #known = new Map<string, Recipe>();
  #operations = 0;

  constructor(private readonly runtime: Runtime) {}

  /**
   * Runs an operation whose launches are created once for all equal calls. `paramsOf` returns a call's params: only
   * their values and the views' buffers may differ between such calls.
   */
  of<A extends readonly unknown[], T>(
    operation: (runtime: Runtime, ...call: A) => T,
    paramsOf: (...call: A) => readonly number[] = () => none,
  ): (...call: A) => T {
    const name = `${this.#operations++}`;
    return (...call) =>
      this.#run(name, call, paramsOf(...call), () => operation(this.runtime, ...call));
  }

  #run<T>(name: string, call: readonly unknown[], params: readonly number[], make: () => T): T {
    const views: View[] = [];
    const key = name + keyOf(call, params, views);
    const recipe = this.#known.get(key);
    if (recipe !== undefined) {
      this.#known.delete(key);
      this.#known.set(key, recipe);
      this.#replay(recipe, views, params);
      return recipe.result as T;
    }
    const launched: Launched[] = [];
    this.runtime.launched = launched;
    let result: T;
    try {
      result = make();
    } finally {
      this.runtime.launched = null;
    }
    const memories = views.map((x) => x.buffer);
    const slotOf = (memory: Memory): number => {
      const known = memories.indexOf(memory);
      return known < 0 ? memories.push(memory) - 1 : known;
    };
    const steps = launched.map(({ launch, buffers }) => ({ launch, slots: buffers.map(slotOf) }));
    const own = memories.slice(views.length).map((memory) => (memory as Memory).count);
    this.#known.set(key, { steps, own, result });
    if (this.#known.size > KEPT) this.#known.delete(this.#known.keys().next().value as string);
    return result;
  }

  #replay({ steps, own }: Recipe, views: readonly View[], params: readonly number[]): void {
    const mine = own.map((count) => this.runtime.alloc(count, false));
    const memories = [...views.map((x) => x.buffer as Memory), ...mine];
    for (const { launch, slots } of steps) {
      for (const { at, index, dtype } of launch.params) {
        launch.numbers[at] = wordOf(params[index], dtype);
      }
      const buffers = slots.map((slot) => memories[slot]);
      this.runtime.launch(launch, buffers);
    }
    for (const memory of mine) this.runtime.free(memory);
  }
}

/**
 * The text of a part of a call, without its params; views in it are collected, with a number for each different buffer.
 */
function keyOf(part: unknown, params: readonly number[], views: View[]): string {
  if (part === params) return '';
  if (typeof part !== 'object' || part === null) return `${part};`;
  if (Array.isArray(part) && typeof part[0] === 'number') return `${part.join()};`;
  if ('steps' in part) return `p${numberOf(part as Program)};`;
  if ('buffer' in part) {
    const { buffer, dtype, shape, strides, offset } = part as View;
    let first = views.findIndex((x) => x.buffer === buffer);
    if (first < 0) first = views.length;
    views.push(part as View);
    // The size of the buffer decides whether memory after a view's end may be overwritten.
    return `${first},${dtype},${offset},${(buffer as Memory).count}:${shape.join()}/${strides.join()};`;
  }
  let key = '[';
  for (const inner of Object.values(part)) key += keyOf(inner, params, views);
  return `${key}]`;
}
