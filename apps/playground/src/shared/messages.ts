// What the page and its workers say to each other.
import { type DeviceName, problemOf, type Settings } from './settings.js';

/** Steps for each frame of the screen, or as many as there is time for. */
export type Pace = number | 'most';

/** A tensor as a plain array. */
export interface PlainTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array<ArrayBuffer>;
}

/** What the page asks of the training worker. */
export type TrainingCommand =
  | { readonly type: 'configure'; readonly run: number; readonly settings: Settings }
  | { readonly type: 'play' }
  | { readonly type: 'pause' }
  | { readonly type: 'step' }
  | { readonly type: 'pace'; readonly pace: Pace }
  /** The page has shown the last snapshot and would like another one. */
  | { readonly type: 'frame' }
  | { readonly type: 'save' };

/** What the page asks of the files' worker. */
export type FilesCommand =
  | {
      readonly type: 'writeModel';
      readonly name: string;
      readonly state: readonly PlainTensor[];
    }
  | { readonly type: 'openDigits'; readonly name: string; readonly file: Blob }
  /** 784 gray values from 0 (paper) to 255 (ink). */
  | { readonly type: 'readDigit'; readonly id: number; readonly pixels: Uint8Array };

export type Command = TrainingCommand | FilesCommand;

/** Whether a device can be used, and if not, why. */
export interface DeviceState {
  readonly name: DeviceName;
  /** Null if it can be used. */
  readonly missing: string | null;
}

/** Points for the picture: places as pairs, and a class for each. */
export interface PlainPoints {
  readonly places: Float32Array;
  readonly kinds: Uint8Array;
}

/** A linear layer as it stands: `weight` is `[outputs, inputs]`. */
export interface LayerSnapshot {
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  /** The gradients of the last step; null before the first one. */
  readonly weightGrad: Float32Array | null;
  readonly biasGrad: Float32Array | null;
}

/** The training at one step. */
export interface Snapshot {
  /** Which configuration it belongs to. */
  readonly run: number;
  readonly step: number;
  readonly epoch: number;
  readonly trainLoss: number;
  /** Null where there are no points to test on. */
  readonly testLoss: number | null;
  readonly trainAccuracy: number;
  readonly testAccuracy: number | null;
  /** Probabilities of the classes, `side * side * classes`, from 0 to 255, rows from the top. */
  readonly boundary: Uint8ClampedArray;
  readonly side: number;
  readonly classes: number;
  readonly layers: readonly LayerSnapshot[];
  /** For each hidden layer `units * unitSide * unitSide` activations, from 0 to 255 for each unit. */
  readonly units: readonly Uint8ClampedArray[];
  readonly unitSide: number;
  /** Milliseconds that the worker spent on making this. */
  readonly cost: number;
}

/** What the workers tell the page. */
export type Report =
  | { readonly type: 'ready'; readonly devices: readonly DeviceState[] }
  | {
      readonly type: 'configured';
      readonly run: number;
      readonly train: PlainPoints;
      readonly test: PlainPoints;
    }
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly type: 'playing'; readonly playing: boolean }
  /** The model's parameters, to be written to a file of this name. */
  | { readonly type: 'state'; readonly name: string; readonly state: readonly PlainTensor[] }
  /** The GPU cannot be used any more: a sentence why. */
  | { readonly type: 'deviceFailed'; readonly text: string }
  | { readonly type: 'saved'; readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'digitsOpened'; readonly name: string; readonly about: string }
  | { readonly type: 'digitRead'; readonly id: number; readonly probabilities: readonly number[] }
  /** Something went wrong: a sentence for the user, and the part of the page it belongs to. */
  | { readonly type: 'problem'; readonly where: 'training' | 'digits'; readonly text: string };

/** Pictures of digits are this wide and high. */
export const DIGIT_SIDE = 28;

/** What is wrong with a command, as a sentence; null if nothing is. */
export function problemOfCommand(command: Command): string | null {
  switch (command.type) {
    case 'configure':
      return problemOf(command.settings);
    case 'pace': {
      const { pace } = command;
      const fits = pace === 'most' || (Number.isInteger(pace) && pace >= 1);
      return fits ? null : 'The pace must be an integer of steps, or as many as possible.';
    }
    case 'readDigit':
      return command.pixels.length === DIGIT_SIDE * DIGIT_SIDE
        ? null
        : `A digit's picture must have ${DIGIT_SIDE * DIGIT_SIDE} pixels.`;
    default:
      return null;
  }
}

/** The array buffers of a report, which change hands instead of being copied. */
export function buffersOf(report: Report): ArrayBuffer[] {
  if (report.type === 'saved') return [report.bytes.buffer];
  if (report.type === 'configured') {
    const { train, test } = report;
    return own([train.places, train.kinds, test.places, test.kinds]);
  }
  if (report.type === 'state') return own(report.state.map(({ values }) => values));
  if (report.type !== 'snapshot') return [];
  const { boundary, layers, units } = report.snapshot;
  return own([
    boundary,
    ...units,
    ...layers.flatMap((l) =>
      [l.weight, l.bias, l.weightGrad, l.biasGrad].filter((a) => a !== null),
    ),
  ]);
}

/** Each buffer once: several arrays may lie in one. */
function own(arrays: readonly ArrayBufferView[]): ArrayBuffer[] {
  return [...new Set(arrays.map((array) => array.buffer as ArrayBuffer))];
}
