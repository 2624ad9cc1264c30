// What is likely the matter with a state dict whose keys are not the module's.
import { Tensor } from '@dl/core/functional';

/** Names as messages list them. */
export const quote = (names: readonly string[]): string =>
  names.map((name) => `"${name}"`).join(', ');

/** What most likely is the matter with a dict whose keys are not the module's, and what to do. */
export function likelyCause(
  dict: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
): string | null {
  const keys = Object.keys(dict);
  // The most common prefix, if with it most of the names are there.
  const prefixIn = (names: readonly string[]): Prefix | null => {
    const found = commonPrefix(names, known);
    return found !== null && found.count > known.size / 2 ? found : null;
  };
  // A checkpoint: the state dict is one of its entries, or an entry of one.
  const places: (readonly string[])[] = keys.map((key) => [key]);
  for (const key of keys) {
    for (const inner of keysOf(dict[key])) places.push([key, inner]);
    if (places.length > 1000) break;
  }
  for (const place of places) {
    const inner = place.reduce<unknown>((x, key) => entryOf(x, key), dict);
    if (prefixIn(keysOf(inner)) !== null) {
      const path = place.map((key) => (/^[\w$]+$/.test(key) ? `.${key}` : `['${key}']`)).join('');
      return `The state dict is under ${quote(place)} of what was given: loadStateDict(checkpoint${path}).`;
    }
  }
  const { prefix, count } = prefixIn(keys) ?? { prefix: '', count: 0 };
  if (prefix !== '') {
    const by =
      prefix === 'module.'
        ? ', which DataParallel adds'
        : prefix.endsWith('_orig_mod.')
          ? ', which torch.compile adds'
          : '';
    const only = keys.every((key) => key.startsWith(prefix));
    const [which, filter] = only
      ? ['Every key has', '']
      : [
          `${count} of the ${keys.length} keys have`,
          `.filter(([key]) => key.startsWith('${prefix}'))`,
        ];
    return `${which} the prefix "${prefix}"${by}; take it off: Object.fromEntries(Object.entries(dict)${filter}.map(([key, x]) => [key.slice(${prefix.length}), x])).`;
  }
  // Modules that were compiled or wrapped by themselves have the prefix in the middle.
  for (const part of ['_orig_mod.', 'module.', '_fsdp_wrapped_module.']) {
    if (!keys.some((key) => key.includes(part))) continue;
    if (prefixIn(keys.map((key) => key.replaceAll(part, '')))?.prefix === '') {
      return `Keys have the prefix "${part}" inside; take it out: Object.fromEntries(Object.entries(dict).map(([key, x]) => [key.replaceAll('${part}', ''), x])).`;
    }
  }
  // The other way round: the dict is of a part of the module.
  const part = commonPrefix([...known], new Set(keys));
  if (part?.alone && part.prefix !== '' && part.count > keys.length / 2) {
    return `The keys given lack the prefix "${part.prefix}" of the module's own: give them to module.getSubmodule('${part.prefix.slice(0, -1)}').`;
  }
  return null;
}

/** What stands in front of names, and in front of how many. */
interface Prefix {
  readonly prefix: string;
  readonly count: number;
  /** Whether no other one stands in front of as many. */
  readonly alone: boolean;
}

/** The prefix of whole steps that most keys have in front of a known name; null if none has any. */
function commonPrefix(keys: readonly string[], known: ReadonlySet<string>): Prefix | null {
  const counts = new Map<string, number>();
  for (const key of keys) {
    for (let at = 0; ; ) {
      if (known.has(key.slice(at)))
        counts.set(key.slice(0, at), (counts.get(key.slice(0, at)) ?? 0) + 1);
      const dot = key.indexOf('.', at);
      if (dot < 0) break;
      at = dot + 1;
    }
  }
  const [first, second] = [...counts].sort(([, a], [, b]) => b - a);
  if (first === undefined) return null;
  const [prefix, count] = first;
  return { prefix, count, alone: second?.[1] !== count };
}

const isDict = (x: unknown): x is object =>
  typeof x === 'object' &&
  x !== null &&
  !(x instanceof Tensor) &&
  !Array.isArray(x) &&
  !ArrayBuffer.isView(x);

/** The keys of a dict, none of what is not one. */
const keysOf = (x: unknown): readonly string[] => (isDict(x) ? Object.keys(x) : []);

const entryOf = (x: unknown, key: string): unknown =>
  isDict(x) && Object.hasOwn(x, key) ? (x as Record<string, unknown>)[key] : undefined;
