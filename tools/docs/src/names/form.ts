// How a name is written: its parameters, with the options in braces.
import type { Entry } from '../extract.js';

/** `softmax(x, dim, { dtype })`, `new Linear(inFeatures, outFeatures, { bias })`, `.sum(dim?, { keepdim })`. */
export function formOf(
  { name, kind, parameters }: Pick<Entry, 'name' | 'kind' | 'parameters'>,
  isMember: boolean,
): string {
  const called = isMember ? `.${name}` : kind === 'class' ? `new ${name}` : name;
  if (parameters === null) return called;
  // An option that can also stand in its place is there already.
  const placed = new Set(parameters.map((parameter) => parameter.name));
  const parts = parameters.flatMap((parameter) => {
    if (parameter.options !== null) {
      const names = parameter.options.filter((option) => !placed.has(option));
      return names.length === 0 ? [] : [`{ ${names.join(', ')} }`];
    }
    return [
      `${parameter.rest ? '...' : ''}${parameter.name}${parameter.optional && !parameter.rest ? '?' : ''}`,
    ];
  });
  return `${called}(${parts.join(', ')})`;
}
