// Reading handwritten digits: a network from a .pth file, and what it makes of a picture.
import { div, fromTypedArray, noGrad, softmax, sub, Tensor, view } from '@dl/core/functional';
import { Linear, ReLU, Sequential, type StateDict, type Step } from '@dl/nn';
import { DIGIT_SIDE } from '../shared/messages.js';

const PIXELS = DIGIT_SIDE * DIGIT_SIDE;
const CLASSES = 10;
// Mean and standard deviation of MNIST's gray values, with which the digits app trains.
const MEAN = 0.1307;
const STD = 0.3081;

/** What the page says about files that hold something else. */
const wanted = `A digits model has ${PIXELS} inputs and ${CLASSES} outputs, with linear layers named 0, 2, 4 … as saved by the digits app.`;

function refuse(name: string, what: string): never {
  throw new Error(`${name} ${what}. ${wanted}`);
}

/**
 * The network that a state dict belongs to: its linear layers, with ReLU between.
 *
 * @param name of the file, for messages.
 * @throws Error with a sentence for the user if it is no digits model.
 * @example const model = digitsModel(await load(file), file.name);
 */
export function digitsModel(value: unknown, name: string): Sequential {
  const state = stateOf(value, name);
  const positions = [...state.keys()]
    .map((key) => /^(\d+)\.weight$/.exec(key)?.[1])
    .filter((position) => position !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
  if (positions.length === 0) refuse(name, 'has no layers such as 0.weight');
  const steps: Step[] = [];
  let inputs = PIXELS;
  positions.forEach((position, i) => {
    const weight = state.get(`${position}.weight`) as Tensor;
    if (position !== 2 * i) refuse(name, `has a layer ${position} where ${2 * i} was expected`);
    if (weight.shape.length !== 2) {
      refuse(name, `has a layer ${position} that is not linear: [${weight.shape.join(', ')}]`);
    }
    if (weight.shape[1] !== inputs) {
      refuse(name, `has a layer ${position} with ${weight.shape[1]} inputs instead of ${inputs}`);
    }
    inputs = weight.shape[0];
    if (i > 0) steps.push(new ReLU());
    const bias = state.has(`${position}.bias`);
    steps.push(new Linear(weight.shape[1], inputs, { bias }));
  });
  if (inputs !== CLASSES) refuse(name, `has ${inputs} outputs instead of ${CLASSES}`);
  const model = new Sequential(...steps);
  try {
    model.loadStateDict(Object.fromEntries(state) as StateDict);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    refuse(name, `does not fit together: ${why.replace(/\.$/, '')}`);
  }
  return model.eval();
}

/** The tensors of a file by name; the model's own state dict where the file is a whole training. */
function stateOf(value: unknown, name: string): Map<string, Tensor> {
  if (typeof value !== 'object' || value === null || value instanceof Tensor) {
    refuse(name, 'contains no model');
  }
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const inner = entries.find(([key]) => key === 'model' || key === 'state_dict')?.[1];
  if (typeof inner === 'object' && inner !== null && !(inner instanceof Tensor)) {
    return stateOf(inner, name);
  }
  const tensors = entries.filter(
    (entry): entry is [string, Tensor] =>
      typeof entry[0] === 'string' && entry[1] instanceof Tensor,
  );
  if (tensors.length < entries.length || tensors.length === 0)
    refuse(name, 'contains no state dict');
  return new Map(tensors);
}

/** The sizes of a digits model's layers, inputs and outputs included. */
export function layerSizes(model: Sequential): number[] {
  const linear = [...model].filter((module) => module instanceof Linear);
  return [PIXELS, ...linear.map(({ outFeatures }) => outFeatures)];
}

/**
 * The probabilities of the ten digits for a picture.
 *
 * @param pixels 784 gray values, 0 is paper and 255 is ink.
 */
export function readDigit(model: Sequential, pixels: Uint8Array): number[] {
  const x = div(sub(div(fromTypedArray(pixels, [1, PIXELS]).to('float32'), 255), MEAN), STD);
  const answers = noGrad(() => softmax(model.forward(x), 1));
  return view(answers, [CLASSES]).toArray() as number[];
}
