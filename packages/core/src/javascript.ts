// JavaScript's own syntax applied to tensors: operators such as + and <, text, `for … of`, JSON.
import { DTypeError, ValueError } from './errors.js';
import { selectOf } from './operators/view/views.js';
import { define } from './prototype.js';
import { Tensor } from './tensor.js';
import { type NestedArray, nested, plainAt, type Reader } from './tensor-values.js';

/** The properties that JavaScript's own syntax uses. */
export interface JavaScriptMethods {
  /**
   * The text in a template (`${x}`, `String(x)`). Every other conversion to a primitive value throws: JavaScript's
   * operators cannot compute with tensors.
   *
   * @throws DTypeError for `x + 1`, `-x`, `x > 2`, `isNaN(x)` and the like, with the method to call.
   * @example `${tensor([1, 2])}` // 'tensor([1., 2.])'
   */
  [Symbol.toPrimitive](hint: 'string' | 'number' | 'default'): string;
  /**
   * The tensors along the first dimension, which share memory with this one (PyTorch: `for row in x`). A tensor without
   * dimensions is not iterable.
   *
   * @example for (const row of tensor([[1, 2], [3, 4]])) console.log(row.sum().item()); // 3, then 7
   */
  [Symbol.iterator](): IterableIterator<Tensor>;
  /**
   * The value that `JSON.stringify` writes: nested arrays, as from `toArray()`. JSON has neither NaN nor infinities and
   * writes null for them.
   *
   * @throws DeviceError on a device other than `cpu`; ValueError for integers that no number holds exactly.
   * @example JSON.stringify({ loss: tensor(2.5) }) // '{"loss":2.5}'
   */
  toJSON(): NestedArray<number | boolean>;
}

const inWords: { readonly [hint: string]: string } = {
  number: 'a tensor is not a number; JavaScript cannot compute or compare with it',
  default: "JavaScript's operators do not work on tensors",
};

function toPrimitive(this: Tensor, hint: string): string {
  if (hint === 'string') return this.toString();
  throw new DTypeError(
    `${inWords[hint] ?? inWords.default}; use methods, such as x.add(1), x.mul(2), x.neg(), x.gt(0), ` +
      `or x.item() for the number in a tensor of one element; String(x) gives its text`,
  );
}

function* rowsOf(this: Tensor): IterableIterator<Tensor> {
  for (let i = 0; i < this.shape[0]; i++) yield selectOf(this, 0, i);
}

/** An element as JSON writes it. */
const jsonAt: Reader<number | boolean> = (dtype, array, at) => {
  const v = plainAt(dtype, array, at);
  if (typeof v !== 'bigint') return v;
  throw new ValueError(
    `toJSON: no number holds ${v} exactly, and JSON has no bigints; write the texts of toBigIntArray()`,
  );
};

/** Installs these properties; called once, where the class is defined for users. */
export function installJavaScript(): void {
  define(Symbol.toPrimitive, toPrimitive);
  define('toJSON', function (this: Tensor) {
    return nested('toJSON', this, jsonAt);
  });
  // A tensor without dimensions is not iterable; test runners check this before they compare item by item.
  Object.defineProperty(Tensor.prototype, Symbol.iterator, {
    get(this: Tensor) {
      return this.ndim === 0 ? undefined : rowsOf;
    },
    configurable: true,
  });
}
