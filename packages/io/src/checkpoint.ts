// Checkpoints: everything needed to resume a training run.
import {
  defaultGenerator,
  dictOf,
  FormatError,
  fromTypedArray,
  type Generator,
  type GivenTo,
  isOptionsObject,
  kinds,
  need,
  noGrad,
  Tensor,
  takes,
} from '@dl/core/functional';
import { type GivenBehind, source, target } from './arguments.js';
import { isBytes, isMap } from './bytes/bytes.js';
import type { SaveTarget } from './bytes/sink.js';
import type { LoadSource } from './bytes/source.js';
import { loadFrom, saveTo } from './save.js';
import type { Saveable } from './saveable.js';

/** An object that returns its state as plain data and restores it: a model, an optimizer, a schedule, a data loader. */
export interface Stateful {
  /** Returns the state to be saved. */
  stateDict(): object;
  /** Restores a saved state. */
  loadStateDict(dict: never): unknown;
}

/** The parts of a training run. */
export interface CheckpointParts {
  model?: Stateful;
  optimizer?: Stateful;
  /** A learning-rate schedule. */
  scheduler?: Stateful;
  /** A `DataLoader`: its position in the current epoch. */
  loader?: Stateful;
  /** A generator of your own; the global one is always part of a checkpoint. */
  generator?: Generator;
}

/** The other contents of a checkpoint. */
export interface CheckpointInfo {
  /** Number of completed epochs. Default: 0. */
  epoch?: number;
  /** Number of completed steps. Default: 0. */
  step?: number;
  /** Any other value that can be saved, such as the losses so far. Default: null. */
  extra?: Saveable | object;
}

/** What `loadCheckpoint` returns. */
export type Checkpoint<E = unknown> = { epoch: number; step: number; extra: E };

// The keys used in PyTorch's tutorials.
const keys = {
  model: 'model_state_dict',
  optimizer: 'optimizer_state_dict',
  scheduler: 'scheduler_state_dict',
  loader: 'loader_state_dict',
} as const satisfies Record<Exclude<keyof CheckpointParts, 'generator'>, string>;

type Part = keyof typeof keys;
const parts = Object.keys(keys) as Part[];

const stateful = /*#__PURE__*/ kinds.kind<Stateful>(
  'an object with stateDict() and loadStateDict(), such as a model',
  (x) =>
    typeof (x as Stateful | null)?.stateDict === 'function' &&
    typeof (x as Stateful).loadStateDict === 'function',
);
const count = /*#__PURE__*/ kinds.kind<number>(
  'a non-negative integer',
  (x) => Number.isSafeInteger(x) && (x as number) >= 0,
);
const trainingKinds = {
  model: stateful,
  optimizer: stateful,
  scheduler: stateful,
  loader: stateful,
  generator: kinds.generator,
  epoch: count,
  step: count,
  extra: kinds.anything,
};
type Training = CheckpointParts & CheckpointInfo;
const saveCheckpointTakes = /*#__PURE__*/ (() =>
  takes<[training: Training, target: SaveTarget]>()(
    'saveCheckpoint',
    [
      need(
        'training',
        kinds.kind<Training>('an object such as { model, optimizer, epoch }', isOptionsObject),
      ),
      need('target', target()),
    ],
    {},
  ))();
const trainingTakes = /*#__PURE__*/ (() =>
  takes<[training?: Training]>()('saveCheckpoint', [], trainingKinds))();
const loadCheckpointTakes = /*#__PURE__*/ (() =>
  takes<[source: LoadSource, training?: Training]>()(
    'loadCheckpoint',
    [need('source', source)],
    trainingKinds,
  ))();

/** A generator's state as PyTorch stores it: a tensor of bytes. */
const stateTensor = (generator: Generator): Tensor => fromTypedArray(generator.getState(), null);

/**
 * Saves a training run: its parts, the random state, and its progress. PyTorch can load the file; the keys are those of
 * its tutorials (`model_state_dict`, `optimizer_state_dict`, …).
 *
 * @param training the parts, with `epoch`, `step` and any other values in `extra`.
 * @throws ValueError for an unknown part or a value that cannot be saved; DLError if the file cannot be written. The
 *   old file is then unchanged.
 * @example await saveCheckpoint({ model, optimizer, scheduler, loader, epoch, step }, 'last.pth');
 */
export async function saveCheckpoint(
  ...given: GivenBehind<typeof saveCheckpointTakes>
): Promise<void> {
  const [whole, target] = saveCheckpointTakes.take(given);
  const [training = {}] = trainingTakes.take([whole]);
  const { generator, epoch = 0, step = 0, extra = null } = training;
  const value: Record<string, unknown> = { epoch, step };
  for (const part of parts) {
    const own = training[part];
    if (own !== undefined) value[keys[part]] = own.stateDict();
  }
  value.rng_state = stateTensor(defaultGenerator());
  if (generator !== undefined) value.generator_state = stateTensor(generator);
  value.extra = extra;
  await saveTo(value, target, 'saveCheckpoint');
}

/**
 * Restores a training run saved by `saveCheckpoint`: resuming gives bit-identical results.
 *
 * @param training the parts to restore, created as at the start of the run; other parts of the file are ignored. You
 *   may pass the object that you passed to `saveCheckpoint`: its `epoch`, `step` and `extra` are not read.
 * @returns the saved `epoch`, `step` and `extra`.
 * @throws FormatError if the file lacks a part; the part's own error if its state does not fit. Nothing is changed
 *   then.
 * @example const { epoch, step } = await loadCheckpoint('last.pth', { model, optimizer, loader });
 */
export async function loadCheckpoint<E = unknown>(
  ...given: GivenTo<typeof loadCheckpointTakes>
): Promise<Checkpoint<E>> {
  const [source, training = {}] = loadCheckpointTakes.take(given);
  const found = dictOf(await loadFrom(source, {}, 'loadCheckpoint'));
  if (found === null || !Object.hasOwn(found, 'rng_state')) {
    throw new FormatError(
      'loadCheckpoint: the file was not written by saveCheckpoint; load(…) reads other files',
    );
  }
  const wanted = parts.filter((part) => training[part] !== undefined);
  const missing = wanted.filter((part) => !Object.hasOwn(found, keys[part]));
  if (training.generator !== undefined && found.generator_state === undefined) {
    missing.push('generator' as Part);
  }
  if (missing.length > 0) {
    throw new FormatError(
      `loadCheckpoint: the checkpoint has no ${missing.join(', no ')}; leave it out here, or save it with saveCheckpoint`,
    );
  }
  const { epoch, step, extra = null } = found;
  if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(step)) {
    throw new FormatError('loadCheckpoint: epoch and step of the checkpoint are not integers');
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
    throw new FormatError(
      'loadCheckpoint: the state of a random number generator is not a uint8 tensor',
    );
  }
  const before = generator.getState();
  undo.push(() => generator.setState(before));
  generator.setState(state.contiguous().data() as Uint8Array);
}

/** A state with its tensors copied, so that later changes do not affect it. */
function copied(value: unknown): unknown {
  if (value instanceof Tensor) return noGrad(() => value.detach().clone());
  if (isBytes(value)) return new Uint8Array(value);
  if (isMap(value)) return new Map([...value].map(([key, item]) => [key, copied(item)]));
  if (Array.isArray(value)) return value.map(copied);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copied(item)]));
}
