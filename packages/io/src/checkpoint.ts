// Checkpoints: all that a training needs to go on as if it had never stopped.
import {
  defaultGenerator,
  FormatError,
  fromTypedArray,
  type Generator,
  isOptionsObject,
  kinds,
  need,
  noGrad,
  Signature,
  Tensor,
  ValueError,
} from '@dl/core/functional';
import { fromSource, taker, toTarget } from './arguments.js';
import type { SaveTarget } from './bytes/sink.js';
import type { LoadSource } from './bytes/source.js';
import { load, save } from './save.js';
import type { Saveable } from './saveable.js';

/** What gives its state as plain data and takes it back: a model, an optimizer, a schedule, a data loader. */
export interface Stateful {
  /** What is to be saved. */
  stateDict(): object;
  /** Takes over what was saved. */
  loadStateDict(dict: never): unknown;
}

/** The parts of a training. */
export interface CheckpointParts {
  model?: Stateful;
  optimizer?: Stateful;
  /** A learning-rate schedule. */
  scheduler?: Stateful;
  /** A `DataLoader`: its place in the pass. */
  loader?: Stateful;
  /** A generator of your own; the global one is always part of a checkpoint. */
  generator?: Generator;
}

/** What a checkpoint holds beside them. */
export interface CheckpointInfo {
  /** Epochs that are done. Default: 0. */
  epoch?: number;
  /** Steps that are done. Default: 0. */
  step?: number;
  /** Anything else that can be saved: the losses so far, say. Default: null. */
  extra?: Saveable | object;
}

/** What `loadCheckpoint` returns. */
export type Checkpoint<E = unknown> = { epoch: number; step: number; extra: E };

// Keys as PyTorch's tutorials write them.
const keys = {
  model: 'model_state_dict',
  optimizer: 'optimizer_state_dict',
  scheduler: 'scheduler_state_dict',
  loader: 'loader_state_dict',
} as const satisfies Record<Exclude<keyof CheckpointParts, 'generator'>, string>;

type Part = keyof typeof keys;
const parts = Object.keys(keys) as Part[];

/** A stream's state as PyTorch has it: a tensor of bytes. */
const stateTensor = (generator: Generator): Tensor => fromTypedArray(generator.getState(), null);

const stateful: kinds.Kind<Stateful> = {
  words: 'an object with stateDict() and loadStateDict()',
  is: (x): x is Stateful =>
    typeof (x as Stateful | null)?.stateDict === 'function' &&
    typeof (x as Stateful | null)?.loadStateDict === 'function',
};

const partKinds = {
  model: stateful,
  optimizer: stateful,
  scheduler: stateful,
  loader: stateful,
  generator: kinds.generator,
  epoch: kinds.anything,
  step: kinds.anything,
  extra: kinds.anything,
};

const training: kinds.Kind<object> = {
  words: 'an object with the parts of the training, such as { model, optimizer, epoch }',
  is: (x): x is object => isOptionsObject(x),
};

const saves = /*#__PURE__*/ taker('saveCheckpoint', [need('training', training), toTarget()]);
/** The names in a training; what a misspelt one names would not be saved. */
const named = /*#__PURE__*/ new Signature('saveCheckpoint', [], partKinds);

/**
 * Saves a training: its parts, the random stream, and how far it is. PyTorch opens the file; the
 * keys are those of its tutorials (`model_state_dict`, `optimizer_state_dict`, …).
 *
 * @param training the parts, with `epoch`, `step` and whatever else stands in `extra`.
 * @throws ValueError for something that cannot be saved; DLError if the file cannot be written: the one
 * from before is then still there.
 * @example await saveCheckpoint({ model, optimizer, scheduler, loader, epoch, step }, 'last.pth');
 */
export async function saveCheckpoint(
  ...given: [training: CheckpointParts & CheckpointInfo, target: SaveTarget]
): Promise<void> {
  const [training, target] = saves(given);
  named.take([training]);
  const { generator, epoch = 0, step = 0, extra = null } = training;
  for (const [name, value] of Object.entries({ epoch, step })) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new ValueError(
        `saveCheckpoint: ${name} must be a whole number from 0 on, got ${String(value)}`,
      );
    }
  }
  const value: Record<string, unknown> = { epoch, step };
  for (const part of parts) {
    const own = training[part];
    if (own !== undefined) value[keys[part]] = own.stateDict();
  }
  value.rng_state = stateTensor(defaultGenerator());
  if (generator !== undefined) value.generator_state = stateTensor(generator);
  value.extra = extra;
  await save(value, target);
}

// What saveCheckpoint takes beside the parts may stand there too, so that one object serves both.
const loads = /*#__PURE__*/ taker('loadCheckpoint', [fromSource], partKinds);

/**
 * Puts a training back to where `saveCheckpoint` saved it: what comes then is what would have come,
 * bit for bit.
 *
 * @param training the parts that are to be put back, made as they were at the start. Parts of the file
 * that are not asked for are left alone.
 * @returns how far the training was, and `extra`.
 * @throws FormatError if the file lacks a part, or one does not fit; everything is then as it was.
 * @example const { epoch, step } = await loadCheckpoint('last.pth', { model, optimizer, loader });
 */
export async function loadCheckpoint<E = unknown>(
  ...given: [source: LoadSource, training?: CheckpointParts]
): Promise<Checkpoint<E>> {
  const [source, training = {}] = loads(given);
  const found = await load<Record<string, unknown> | null>(source);
  if (typeof found !== 'object' || found === null || !('rng_state' in found)) {
    throw new FormatError(
      'loadCheckpoint: the file holds no checkpoint; saveCheckpoint writes one, load(…) reads others',
    );
  }
  const wanted = parts.filter((part) => training[part] !== undefined);
  const missing = wanted.filter((part) => !Object.hasOwn(found, keys[part]));
  if (training.generator !== undefined && found.generator_state === undefined) {
    missing.push('generator' as Part);
  }
  if (missing.length > 0) {
    throw new FormatError(
      `loadCheckpoint: the checkpoint has no ${missing.join(', no ')}; save with it, or load without`,
    );
  }
  const { epoch, step, extra = null } = found;
  if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(step)) {
    throw new FormatError('loadCheckpoint: the checkpoint does not say its epoch and step');
  }
  const undo: (() => void)[] = [];
  try {
    for (const part of wanted) {
      const own = training[part] as Stateful;
      const before = copied(own.stateDict());
      undo.push(() => own.loadStateDict(before as never));
      own.loadStateDict(found[keys[part]] as never);
    }
    restore(training.generator, found.generator_state, undo);
    restore(defaultGenerator(), found.rng_state, undo);
  } catch (error) {
    for (const back of undo.reverse()) back();
    throw error;
  }
  return { epoch: epoch as number, step: step as number, extra: extra as E };
}

function restore(generator: Generator | undefined, state: unknown, undo: (() => void)[]): void {
  if (generator === undefined) return;
  if (!(state instanceof Tensor) || state.dtype !== 'uint8') {
    throw new FormatError("loadCheckpoint: a random stream's state is no tensor of bytes");
  }
  const before = generator.getState();
  undo.push(() => generator.setState(before));
  generator.setState(state.contiguous().data() as Uint8Array);
}

/** A state with its tensors copied, so that what follows does not change it. */
function copied(value: unknown): unknown {
  if (value instanceof Tensor) return noGrad(() => value.detach().clone());
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(copied);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copied(item)]));
}
