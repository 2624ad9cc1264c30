// Recipes: what a call of an operation launched, so that the same call again needs no shader's text.
import type { Contraction, IndexedAxis, View } from '@dl/core/functional';
import { wordOf } from './kernel.js';
import type { Launch, Memory, Runtime } from './runtime.js';
import type { Program } from './wgsl.js';

/** Recipes kept; the one used longest ago goes first. */
const KEPT = 2048;

/** A buffer of a recipe: that of a view of the call, or one that the operation allocated, from -1 down. */
type Slot = number;

type Step =
  | { readonly kind: 'alloc'; readonly count: number; readonly zeroed: boolean }
  | { readonly kind: 'free'; readonly slot: Slot }
  | { readonly kind: 'launch'; readonly launch: Launch; readonly slots: readonly Slot[] };

interface Recipe {
  readonly steps: readonly Step[];
  readonly result: unknown;
}

/** One part of what a call is told by. */
type Part = string | number | boolean | Program | View | readonly number[] | null | undefined;

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

const isView = (part: Program | View): part is View => 'buffer' in part;

/** The operations' calls of one runtime. */
export class Recipes {
  private readonly known = new Map<string, Recipe>();

  constructor(private readonly runtime: Runtime) {}

  /**
   * Runs `make`, or what it launched when it was called with the same parts. `parts` must tell all that the
   * shaders and their numbers depend on, but for the views' buffers and the values of `params`.
   */
  run<T>(parts: readonly Part[], params: readonly number[], make: () => T): T {
    const views: View[] = [];
    const key = keyOf(parts, views);
    const recipe = this.known.get(key);
    if (recipe !== undefined) {
      this.known.delete(key);
      this.known.set(key, recipe);
      this.replay(recipe, views, params);
      return recipe.result as T;
    }
    const steps: Step[] = [];
    const own: Memory[] = [];
    const slotOf = (memory: Memory): Slot => {
      const k = own.indexOf(memory);
      return k >= 0 ? -1 - k : views.findIndex((x) => x.buffer === memory);
    };
    this.runtime.watch = {
      alloc(memory, count, zeroed) {
        own.push(memory);
        steps.push({ kind: 'alloc', count, zeroed });
      },
      free: (memory) => steps.push({ kind: 'free', slot: slotOf(memory) }),
      launch: (launch, memories) =>
        steps.push({ kind: 'launch', launch, slots: memories.map(slotOf) }),
    };
    let result: T;
    try {
      result = make();
    } finally {
      this.runtime.watch = null;
    }
    this.known.set(key, { steps, result });
    if (this.known.size > KEPT) this.known.delete(this.known.keys().next().value as string);
    return result;
  }

  private replay({ steps }: Recipe, views: readonly View[], params: readonly number[]): void {
    const own: Memory[] = [];
    const memoryOf = (slot: Slot): Memory =>
      slot < 0 ? (own[-1 - slot] as Memory) : (views[slot]?.buffer as Memory);
    for (const step of steps) {
      if (step.kind === 'alloc') own.push(this.runtime.alloc(step.count, step.zeroed));
      else if (step.kind === 'free') this.runtime.free(memoryOf(step.slot));
      else {
        const { launch, slots } = step;
        for (const { at, index, dtype } of launch.params) {
          launch.numbers[at] = wordOf(params[index] as number, dtype);
        }
        this.runtime.launch(launch, slots.map(memoryOf));
      }
    }
  }
}

/** The text of the parts; views among them are collected, those on one buffer are told apart from others. */
function keyOf(parts: readonly Part[], views: View[]): string {
  let key = '';
  for (const part of parts) {
    if (typeof part !== 'object' || part === null) key += `${part};`;
    else if (Array.isArray(part)) key += `${part.join()};`;
    else if (isView(part as Program | View)) {
      const { buffer, dtype, shape, strides, offset } = part as View;
      let first = views.findIndex((x) => x.buffer === buffer);
      if (first < 0) first = views.length;
      views.push(part as View);
      // How far the buffer goes decides whether what is past a view's end may be written over.
      key += `${first},${dtype},${offset},${(buffer as Memory).count}:${shape.join()}/${strides.join()};`;
    } else key += `p${numberOf(part as Program)};`;
  }
  return key;
}

/** The parts of a contraction. */
export const partsOf = (spec: Contraction): Part[] =>
  [spec.batch, spec.row, spec.column, spec.sum].flatMap(({ sizes, a, b, out }) => [
    sizes,
    a,
    b,
    out,
  ]);

/** The parts of indices. */
export const partsOfIndices = (indices: readonly IndexedAxis[]): Part[] =>
  indices.flatMap(({ index, size, stride }) => [index, size, stride]);
