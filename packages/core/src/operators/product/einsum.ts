// Products over named dimensions.
import { variadic } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import { promoteTypes } from '../../dtype.js';
import { ShapeError, ValueError } from '../../errors.js';
import { show } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { cast } from '../create/to-clone.js';
import { owned } from '../machinery/map-reduce.js';
import { sum } from '../reduce/sum-mean.js';
import { diagonal } from '../view/diagonal.js';
import { permute, select } from '../view/views.js';
import { contract } from './matmul.js';

interface Operand {
  readonly x: Tensor;
  /** Names of the dimensions; batch dimensions of `...` are numbers from the right. */
  readonly names: readonly string[];
}

function einsumOf(equation: string, ...operands: (Tensor | readonly Tensor[])[]): Tensor {
  const tensors = operands.flat() as Tensor[];
  for (const x of tensors) checkTensor('einsum', x);
  const [left = '', right, extra] = equation.replace(/\s/g, '').split('->');
  const terms = left.split(',');
  if ([...terms, right ?? ''].some((term) => !/^[a-zA-Z]*(?:\.\.\.[a-zA-Z]*)?$/.test(term))) {
    throw new ValueError(
      `einsum: '${equation}' may contain only letters and one '...' in each term; write it as 'ij,jk->ik'`,
    );
  }
  if (extra !== undefined || terms.length !== tensors.length) {
    throw new ValueError(
      `einsum: '${equation}' has ${terms.length} terms for ${tensors.length} tensors; write it as 'ij,jk->ik'`,
    );
  }
  const sizes = new Map<string, number>();
  let list: Operand[] = terms.map((term, i) => parseTerm(equation, term, tensors[i]));
  for (const { x, names } of list) {
    names.forEach((name, d) => {
      const n = x.shape[d];
      const known = sizes.get(name) ?? 1;
      if (known !== 1 && n !== 1 && known !== n) {
        throw new ShapeError(
          `einsum: '${equation}': dimension '${name}' has sizes ${known} and ${n}; they must be equal or one of them 1`,
        );
      }
      sizes.set(name, known === 0 || n === 0 ? 0 : Math.max(known, n));
    });
  }
  const out = outputNames(equation, right, list);
  for (const name of out) {
    if (!sizes.has(name))
      throw new ValueError(
        `einsum: '${equation}': the result has a dimension '${name}' that no tensor has`,
      );
  }
  list = list.map((o) => withoutRepeats(o));
  let acc = list[0];
  for (let i = 1; i < list.length; i++) {
    const later = new Set([...out, ...list.slice(i + 1).flatMap((o) => o.names)]);
    acc = multiply(acc, list[i], later, sizes);
  }
  // Names that only one tensor has and the result lacks are summed first.
  const gone = acc.names.flatMap((n, d) => (out.includes(n) ? [] : [d]));
  const summed = gone.length > 0 ? sum(acc.x, gone) : acc.x;
  const kept = acc.names.filter((n) => out.includes(n));
  const result = permute(
    summed,
    out.map((n) => kept.indexOf(n)),
  );
  return list.length > 1 || gone.length > 0 ? owned(result) : result;
}

/**
 * Sums of products over named dimensions (PyTorch: `torch.einsum`), as in `'ij,jk->ik'`. Without an
 * arrow the result has the names that occur once, in alphabetical order; `...` stands for batches.
 *
 * @throws ValueError for a malformed equation; ShapeError if sizes do not fit.
 * @example einsum('ij,jk->ik', a, b) // matmul(a, b)
 */
export const einsum = /*#__PURE__*/ variadic(
  'einsum',
  einsumOf,
  [/*#__PURE__*/ need('equation', kinds.string)],
  /*#__PURE__*/ need('operand', /*#__PURE__*/ kinds.either(kinds.tensor, kinds.tensors)),
);

function parseTerm(equation: string, term: string, x: Tensor): Operand {
  const names: string[] = [];
  const letters = term.replace('...', '').length;
  if (!term.includes('...') && letters !== x.ndim) {
    throw new ShapeError(
      `einsum: '${equation}': term '${term}' names ${letters} dimensions, but its tensor has shape ${show(x.shape)}`,
    );
  }
  if (letters > x.ndim) {
    throw new ShapeError(
      `einsum: '${equation}': term '${term}' names more dimensions than ${show(x.shape)} has`,
    );
  }
  for (let i = 0; i < term.length; i++) {
    if (term[i] !== '.') {
      names.push(term[i]);
      continue;
    }
    const batch = x.ndim - letters;
    for (let k = batch; k > 0; k--) names.push(`.${k}`);
    i += 2;
  }
  return { x, names };
}

function outputNames(
  equation: string,
  right: string | undefined,
  list: readonly Operand[],
): string[] {
  const all = list.flatMap((o) => o.names);
  const batch = [...new Set(all.filter((n) => n[0] === '.'))].sort(
    (a, b) => Number(b.slice(1)) - Number(a.slice(1)),
  );
  if (right === undefined) {
    const once = [...new Set(all)].filter(
      (n) => n[0] !== '.' && all.filter((m) => m === n).length === 1,
    );
    return [...batch, ...once.sort()];
  }
  const names: string[] = [];
  for (let i = 0; i < right.length; i++) {
    if (right[i] === '.') {
      names.push(...batch);
      i += 2;
    } else names.push(right[i]);
  }
  if (new Set(names).size !== names.length) {
    throw new ValueError(`einsum: '${equation}': a name occurs twice in the result`);
  }
  return names;
}

/** Takes the diagonal of dimensions with the same name. */
function withoutRepeats({ x, names }: Operand): Operand {
  for (let i = 0; i < names.length; i++) {
    const j = names.indexOf(names[i], i + 1);
    if (j < 0) continue;
    if (x.shape[i] !== x.shape[j]) {
      throw new ShapeError(
        `einsum: dimension '${names[i]}' of one tensor has sizes ${x.shape[i]} and ${x.shape[j]}; they must be equal`,
      );
    }
    const rest = names.filter((_, d) => d !== i && d !== j);
    return withoutRepeats({ x: diagonal(x, 0, i, j), names: [...rest, names[i]] });
  }
  return { x, names };
}

/** Multiplies two operands, summing the dimensions that both have and that are not needed later. */
function multiply(
  a: Operand,
  b: Operand,
  later: ReadonlySet<string>,
  sizes: ReadonlyMap<string, number>,
): Operand {
  // A size of 1 next to a larger one needs no axis.
  const repeats = ({ x, names }: Operand, name: string): boolean =>
    x.shape[names.indexOf(name)] === 1 && sizes.get(name) !== 1;
  const [one, two] = [a, b].map((o) => {
    let { x } = o;
    const names: string[] = [];
    const other = o === a ? b : a;
    for (const name of o.names) {
      const at = names.length;
      const shared = other.names.includes(name);
      // Dimensions that only one operand has (or that the other one broadcasts) and that are not needed later are
      // summed first.
      const alone = !shared || (repeats(other, name) && !repeats(o, name));
      if (alone && !later.has(name)) x = sum(x, at);
      else if (shared && repeats(o, name)) x = select(x, at, 0);
      else names.push(name);
    }
    return { x, names };
  }) as unknown as readonly [Operand, Operand];
  const all = [...new Set([...one.names, ...two.names])];
  const out = all.filter((n) => later.has(n));
  const label = (n: string): number => all.indexOf(n);
  // Sums of narrow integers have a wider dtype than the tensor they are multiplied by.
  const type = a.x.dtype === b.x.dtype ? promoteTypes(one.x.dtype, two.x.dtype) : null;
  const [p, q] = [one.x, two.x].map((o) => (type === null ? o : cast(o, type))) as [Tensor, Tensor];
  const x = contract('einsum', p, q, {
    a: one.names.map(label),
    b: two.names.map(label),
    out: out.map(label),
  });
  return { x, names: out };
}
