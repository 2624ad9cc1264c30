// Calls that must be refused, with the error's class and part of its message.
// biome-ignore-all lint/performance/noDynamicNamespaceImportAccess: operators are looked up by name
import * as dl from '@dl/core';
import { DLError, type DType, ones, type Tensor } from '@dl/core';
import { elementwiseExports, operandKind } from '../elementwise.js';
import { isHostOnly, isWithout, mayAccept } from '../host.js';
import { bindsTable, errorRows } from '../table/errors.js';
import type { Result } from './case.js';

interface Expectation {
  readonly what: string;
  readonly error: string;
  /** Part of the message. */
  readonly message: string;
  readonly call: () => unknown;
}

function verdict(
  operator: string,
  device: string,
  without: readonly DType[],
  { what, error, message, call }: Expectation,
): Result {
  const id = `${operator}/error`;
  const check = `${what} is a ${error}`;
  try {
    call();
    if (mayAccept(operator, device, error))
      return { id, check: `${check} on the CPU`, failure: null };
    return { id, check, failure: 'nothing was thrown' };
  } catch (e) {
    if (isHostOnly(operator, device, e)) return { id, check: `${check} on the CPU`, failure: null };
    if (isWithout(without, e)) return { id, check: `${check} where the dtype is`, failure: null };
    const { name, message: text } = e as Error;
    const wrong =
      !(e instanceof DLError) || name !== error
        ? `threw ${name}: ${text}`
        : !text.includes(message)
          ? `the message lacks '${message}': ${text}`
          : null;
    return { id, check, failure: wrong };
  }
}

/** The error checks of every operator that has some. */
export function errorChecks(
  device: string,
  without: readonly DType[] = [],
): Map<string, (() => Result)[]> {
  const found = new Map<string, (() => Result)[]>();
  const add = (operator: string, e: Expectation): void => {
    const list = found.get(operator) ?? [];
    list.push(() => verdict(operator, device, without, e));
    found.set(operator, list);
  };
  for (const { name, operator, signature } of elementwiseExports()) {
    const f = (dl as unknown as Record<string, (...xs: unknown[]) => Tensor>)[name];
    const dtype = operator.spec.samples?.floats === false ? 'int32' : 'float32';
    const good = (): Tensor => ones([2, 3], { device, dtype });
    const operands = (at: number, x: unknown): unknown[] =>
      Array.from({ length: operator.arity }, (_, k) => {
        if (k === at && !(x instanceof dl.Tensor)) return x;
        const operand = k === at ? (x as Tensor) : good();
        return operandKind(operator, k) === 'mask' ? operand.ne(0) : operand;
      });
    for (let k = 0; k < operator.arity; k++) {
      const argument = signature?.places[k];
      const orNumber = argument?.kind.is(1) ? ' or a number' : '';
      add(name, {
        what: `a string as operand ${k}`,
        error: 'DTypeError',
        message: `${operator.name}: ${argument?.name} must be a tensor${orNumber}, not 'x'`,
        call: () => f(...operands(k, 'x')),
      });
      if (operator.arity === 1) continue;
      add(name, {
        what: `a shape that does not broadcast as operand ${k}`,
        error: 'ShapeError',
        message: `${operator.name}: shapes `,
        call: () => f(...operands(k, ones([2, 4], { device, dtype }))),
      });
    }
  }
  for (const row of errorRows) {
    add(row.operator, { ...row, what: row.what ?? 'a bad call', call: () => row.call(device) });
  }
  for (const operator of bindsTable) {
    const f = (dl as unknown as Record<string, (...xs: unknown[]) => Tensor>)[operator];
    add(operator, {
      what: 'an array in the place of a tensor',
      error: 'DTypeError',
      message: `${operator === 'variance' ? 'var' : operator}: x must be a tensor, not [1, 2]`,
      call: () => f([1, 2]),
    });
  }
  return found;
}

/** The operators with at least one call that must be refused. */
export const errorOperators = (): Set<string> => new Set(errorChecks('cpu').keys());
