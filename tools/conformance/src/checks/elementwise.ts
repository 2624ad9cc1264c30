// What holds for elementwise operators beside their goldens.
import { isFloat, noGrad, type Tensor } from '@dl/core';
import { type Case, draw, type Input } from '../case.js';
import { difference, read } from '../compare.js';
import { type ElementwiseExport, operandKind, readied } from '../elementwise.js';
import { place } from '../layout.js';
import { differentiate } from './gradients.js';

type Method = (...args: readonly (Tensor | number)[]) => Tensor;
const exact = { rtol: 0, atol: 0 };

/** The method of this name, if tensors have one. */
function method(x: Tensor, name: string): Method | null {
  const f = (x as unknown as Record<string, unknown>)[name];
  return typeof f === 'function' ? (f as Method).bind(x) : null;
}

/** A case that goes by way of the method, or null if there is none. */
export function asMethod(c: Case, { operator }: ElementwiseExport): Case | null {
  if (method(place(c.inputs[0], 'cpu').tensor, c.operator) === null) return null;
  return {
    ...c,
    run: (xs) => {
      const [a, ...rest] = readied(operator, xs);
      // The condition comes first in the function, the tensor whose method it is in the method.
      const [self, args] = c.operator === 'where' ? [rest[0], [a, ...rest.slice(1)]] : [a, rest];
      return (method(self, c.operator) as Method)(...args);
    },
  };
}

/** A case that goes by way of the in-place form, on a copy; null if there is none or it does not fit. */
export function inPlace(c: Case, output: Tensor, { operator }: ElementwiseExport): Case | null {
  const name = `${c.operator}_`;
  const a = c.inputs[0];
  const fits =
    a.shape.length === output.ndim &&
    a.shape.every((n, d) => n === output.shape[d]) &&
    a.dtype === output.dtype;
  if (!fits || method(place(a, 'cpu').tensor, name) === null) return null;
  return {
    ...c,
    run: (xs) => {
      const [x, ...rest] = readied(operator, xs);
      return (method(x.clone(), name) as Method)(...rest);
    },
  };
}

/** The in-place form on a window: equal to the plain form, and nothing beside the window changes. */
export async function inPlaceOnWindow(
  c: Case,
  device: string,
  output: Tensor,
  { operator }: ElementwiseExport,
): Promise<string | null> {
  const [first, ...rest] = c.inputs as readonly [Input, ...Input[]];
  const values = await read(output);
  for (const layout of ['sliced', 'transposed', 'offset'] as const) {
    const { tensor: x, memory } = place(first, device, layout);
    const version = x.version;
    const [, ...others] = readied(operator, [
      x,
      ...rest.map((input) => place(input, device).tensor),
    ]);
    const back = noGrad(() => (method(x, `${c.operator}_`) as Method)(...others));
    if (back !== x) return 'the in-place form gives back another tensor';
    if (x.version <= version) return 'the in-place form does not raise the version';
    // The memory that results if the values are put into an equal window by other means.
    const wanted = place({ ...first, values }, device, layout).memory;
    const d = difference(await read(memory), await read(wanted), exact);
    if (d !== null) return `in place, ${layout}: ${d}`;
  }
  return null;
}

/** Plain numbers in the place of operands act as 0-dimensional tensors of the same dtype. */
export async function numbersAsOperands(
  { name, operator, run, signature }: ElementwiseExport,
  c: Case,
  device: string,
): Promise<string | null> {
  const numberFirst = signature?.places[0]?.kind.is(1) === true;
  for (let k = operator.arity === 2 && numberFirst ? 0 : 1; k < operator.arity; k++) {
    if (['bool', 'mask'].includes(operandKind(operator, k))) continue;
    const value = c.inputs[k].values[0];
    const scalar: Input = { dtype: c.inputs[k].dtype, shape: [], values: [value] };
    const withTensor = { ...c, inputs: c.inputs.map((x, i) => (i === k ? scalar : x)) };
    const withNumber = {
      ...withTensor,
      run: (xs: readonly Tensor[]) => run(xs.map((x, i) => (i === k ? value : x)) as Tensor[]),
    };
    const a = differentiate(withTensor, device, 1);
    const b = differentiate(withNumber, device, 1);
    const pairs: [Tensor | null | undefined, Tensor | null | undefined][] = [
      [a.outputs[0], b.outputs[0]],
      ...a.first.flatMap((g, i): [Tensor | null, Tensor | null][] =>
        i === k ? [] : [[g, b.first[i] ?? null]],
      ),
    ];
    for (const [x, y] of pairs) {
      if (!x && !y) continue;
      if (!x || !y) return `${name} with a number as operand ${k}: a gradient is missing`;
      if (x.dtype !== y.dtype)
        return `${name} with a number as operand ${k}: ${y.dtype}, not ${x.dtype}`;
      const d = difference(await read(y), await read(x), { rtol: 1e-6, atol: 1e-7 });
      if (d !== null) return `${name} with a number as operand ${k}: ${d}`;
    }
  }
  return null;
}

/** More elements than backends take at once: each equals what a short run gives. */
export async function longRun(
  { name, operator, run }: ElementwiseExport,
  c: Case,
  device: string,
): Promise<string | null> {
  const n = 2 * 1024 + 300;
  const [low, high] = [0, 1].map((_, i) => {
    const r = operator.spec.samples?.ranges?.[0] ?? [-3, 3];
    return r[i];
  }) as [number, number];
  const ranges = operator.spec.samples?.ranges;
  const inputs = c.inputs.map((x, k) =>
    draw({ shape: [n], dtype: x.dtype, range: ranges?.[k] ?? [low, high] }, x.dtype, `${name}${k}`),
  );
  const xs = inputs.map((x) => place(x, device).tensor);
  const whole = await read(run(xs));
  const tolerance = isFloat(c.inputs[0].dtype) ? { rtol: 1e-6, atol: 1e-6 } : exact;
  for (let start = 0; start < n; start += 149) {
    const end = Math.min(n, start + 149);
    const part = await read(run(xs.map((x) => x.at(`${start}:${end}`).clone())));
    const d = difference(whole.slice(start, end), part, tolerance);
    if (d !== null) return `${n} elements, starting at ${start}: ${d}`;
  }
  return null;
}
