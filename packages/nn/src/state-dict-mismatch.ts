// Guesses the cause when the keys of a state dict do not match the module's.
import { Tensor } from '@dl/core/functional';

/** Names, quoted for messages. */
export const quote = (names: readonly string[]): string =>
  names.map((name) => `"${name}"`).join(', ');

/** The likely cause of the mismatch, and the fix. */
export function likelyCause(
  dict: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
): string | null {
  const keys = Object.keys(dict);
  // The most common prefix, if most names match with it.
  const prefixIn = (names: readonly string[]): Prefix | null => {
    const found = commonPrefix(names, known);
    return found !== null && found.count > known.size / 2 ? found : null;
  };
  // A checkpoint: the state dict is an entry of it, or an entry of an entry.
  const places: (readonly string[])[] = keys.map((key) => [key]);
  for (const key of keys) {
    for (const inner of keysOf(dict[key])) places.push([key, inner]);
    if (places.length > 1000) break;
  }
  for (const place of places) {
    const inner = place.reduce<unknown>((x, key) => entryOf(x, key), dict);
    if (prefixIn(keysOf(inner)) !== null) {
      const path = place.map((key) => (/^[\w$]+$/.test(key) ? `.${key}` : `['${key}']`)).join('');
      return `The state dict is nested under ${quote(place)}: use loadStateDict(checkpoint${path}).`;
    }
  }
  const { prefix, count } = prefixIn(keys) ?? { prefix: '', count: 0 };
  if (prefix !== '') {
    const by =
      prefix === 'module.'
        ? ', added by DataParallel'
        : prefix.endsWith('_orig_mod.')
          ? ', added by torch.compile'
          : '';
    const only = keys.every((key) => key.startsWith(prefix));
    const [which, filter] = only
      ? ['Every key has', '']
      : [
          `${count} of the ${keys.length} keys have`,
          `.filter(([key]) => key.startsWith('${prefix}'))`,
        ];
    return `${which} the prefix "${prefix}"${by}; remove it: Object.fromEntries(Object.entries(dict)${filter}.map(([key, x]) => [key.slice(${prefix.length}), x])).`;
  }
  // If only submodules were compiled or wrapped, the prefix is in the middle of the keys.
  for (const part of ['_orig_mod.', 'module.', '_fsdp_wrapped_module.']) {
    if (!keys.some((key) => key.includes(part))) continue;
    if (prefixIn(keys.map((key) => key.replaceAll(part, '')))?.prefix === '') {
      return `Some keys contain "${part}"; remove it: Object.fromEntries(Object.entries(dict).map(([key, x]) => [key.replaceAll('${part}', ''), x])).`;
    }
  }
  // The opposite case: the dict belongs to a submodule.
  const part = commonPrefix([...known], new Set(keys));
  if (part?.alone && part.prefix !== '' && part.count > keys.length / 2) {
    return `The keys lack the prefix "${part.prefix}" of the module's keys: load them into module.getSubmodule('${part.prefix.slice(0, -1)}').`;
  }
  return null;
}

/** A prefix, and the number of names that have it. */
interface Prefix {
  readonly prefix: string;
  readonly count: number;
  /** Whether no other prefix is as common. */
  readonly alone: boolean;
}

/** The most common prefix, ending in a dot, that keys have before a known name; null if none has one. */
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

/** The keys of a dict; none if the value is not a dict. */
const keysOf = (x: unknown): readonly string[] => (isDict(x) ? Object.keys(x) : []);

const entryOf = (x: unknown, key: string): unknown =>
  isDict(x) && Object.hasOwn(x, key) ? (x as Record<string, unknown>)[key] : undefined;
