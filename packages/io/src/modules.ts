// Whole modules: how a module is described in a file, and built from the description.
import {
  type Backend,
  DLError,
  FormatError,
  fromTypedArray,
  isFloat,
  registerBackend,
  Tensor,
  zeros,
} from '@dl/core/functional';
import type { AnyModule, ModuleDescription } from '@dl/nn';

export type NN = typeof import('@dl/nn');

// The mark of @dl/nn's modules, by which they are recognized without importing it.
const MODULE = Symbol.for('@dl/nn.Module');

/** Whether a value is a module of @dl/nn. */
export const isModule = (x: unknown): x is AnyModule =>
  typeof x === 'object' && x !== null && (x as { [MODULE]?: true })[MODULE] === true;

/** The package @dl/nn, required only to save or load whole modules. */
export async function importNN(operator: string): Promise<NN> {
  try {
    return await import('@dl/nn');
  } catch (error) {
    throw new DLError(
      `${operator}: whole modules need the package @dl/nn, which could not be loaded; ` +
        'npm i @dl/nn, or save and load module.stateDict()',
      { cause: error },
    );
  }
}

/** The settings of a module and its parts, besides their values. */
export interface Modes {
  /** Names of the modules in evaluation mode; `''` is the module itself. */
  readonly evaluating: readonly string[];
  /** Names of the frozen parameters. */
  readonly frozen: readonly string[];
}

/** A module as a file describes it; nothing in it has been checked. */
export interface ModuleSource {
  readonly description: unknown;
  readonly state: Readonly<Record<string, unknown>>;
  readonly modes: Modes;
}

/** Number of elements that a module may create in addition to its state: non-persistent buffers and the like. */
const SPARE = 1_000_000;

/**
 * Builds a module from its description.
 *
 * @throws FormatError if the class is unknown, or the description does not fit the state.
 */
export function rebuild(nn: NN, { description, state, modes }: ModuleSource): AnyModule {
  let elements = 0;
  for (const x of Object.values(state)) if (x instanceof Tensor) elements += x.count;
  const module = withBudget(2 * elements + SPARE, () =>
    nn.buildModule(description as ModuleDescription),
  );
  module.loadStateDict(state);
  // Loading has checked names and shapes, and converted values to the new module's dtypes. Here the file's own tensors
  // and dtypes are used, whose memory no budget limits.
  for (const [name, x] of [...module.namedParameters(), ...module.namedBuffers()]) {
    const saved = Object.hasOwn(state, name) ? state[name] : undefined;
    if (!(saved instanceof Tensor)) {
      x.setData(fromTypedArray(x.data(), x.shape, { dtype: x.dtype }));
      continue;
    }
    if (isFloat(saved.dtype) !== isFloat(x.dtype)) {
      throw new FormatError(
        `load: '${name}' of ${module.constructor.name} is ${x.dtype}, but the file stores it as ${saved.dtype}; save the module again`,
      );
    }
    x.setData(saved.detach().clone());
  }
  const evaluating = new Set(modes.evaluating);
  for (const [name, part] of module.namedModules()) part.training = !evaluating.has(name);
  const frozen = new Set(modes.frozen);
  for (const [name, parameter] of module.namedParameters()) {
    parameter.requiresGrad = !frozen.has(name);
  }
  return module;
}

/**
 * Runs `build` with a limit on the elements that it may allocate on the CPU. A description may claim anything: a few
 * bytes could request a layer that fills the memory before it turns out that the file does not contain the values.
 */
function withBudget<T>(elements: number, build: () => T): T {
  const cpu = zeros([0]).storage.backend;
  let left = elements;
  const counting: Backend = Object.create(cpu, {
    alloc: {
      value: (length: number, ...rest: [never, never]) => {
        left -= length;
        if (left < 0) {
          throw new FormatError(
            `load: the file describes a module of more than ${elements} elements but does not contain their values; the file is damaged, save it again`,
          );
        }
        return cpu.alloc(length, ...rest);
      },
    },
  });
  registerBackend(counting);
  try {
    return build();
  } finally {
    registerBackend(cpu);
    left = Number.POSITIVE_INFINITY;
  }
}
