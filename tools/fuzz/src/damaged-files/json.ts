// Changes of JSON: the value, or its text.
import { type Draw, EDGES } from './draw.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const texts = [
  '',
  '__proto__',
  'constructor',
  '__metadata__',
  '../x',
  '/dev/zero',
  '\0',
  'é😀',
  'F32',
  'BF16',
];
const dtypes = ['I8', 'U16', 'U32', 'U64', 'BOOL', 'F8_E4M3', 'F4', 'F6_E2M3', 'C64', 'F64', 'I64'];
const numbers = [...EDGES, -1, 0.5, 1e9, 1e308, 2 ** 53, 2 ** 63, 2 ** 64];

/** Every list and object in a value. */
function holders(value: Json, found: (Json[] | { [key: string]: Json })[] = []) {
  if (typeof value !== 'object' || value === null) return found;
  found.push(value);
  for (const item of Object.values(value)) holders(item, found);
  return found;
}

const any = (draw: Draw): Json =>
  draw.of<() => Json>([
    () => draw.of(numbers),
    () => draw.of(texts),
    () => draw.of(dtypes),
    () => draw.of([null, true, []]),
    () => ({}),
    () => [draw.of(numbers), draw.of(numbers)],
  ])();

function changedValue(value: Json, draw: Draw): Json {
  const all = holders(value);
  if (all.length === 0) return any(draw);
  const holder = draw.of(all) as { [key: string]: Json };
  const keys = Object.keys(holder);
  if (Array.isArray(holder)) {
    if (draw.once(3)) holder.splice(draw.below(keys.length + 1), draw.below(2), any(draw));
    else if (keys.length > 0) {
      const at = draw.below(keys.length);
      const old = holder[at];
      holder[at] =
        typeof old === 'number' && draw.once(2) ? old + draw.of([-1, 1, 4, 8]) : any(draw);
    }
    return value;
  }
  const key = keys.length > 0 ? draw.of(keys) : 'x';
  const old = holder[key];
  const put = (name: string, item: Json): void => {
    Object.defineProperty(holder, name, {
      value: item,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  };
  switch (draw.below(5)) {
    case 0:
      delete holder[key];
      break;
    case 1:
      put(key, any(draw));
      break;
    case 2:
      put(draw.of(texts), old ?? null);
      break;
    case 3:
      if (keys.length > 1) put(key, holder[draw.of(keys)]);
      break;
    default:
      delete holder[key];
      put(`${key}${draw.of(texts)}`, old ?? null);
  }
  return value;
}

/** What JSON is written with. */
export const jsonSigns = ['{', '}', '[', ']', '"', ',', ':', '\\u0000'] as const;

/** A JSON text with one to three changes. */
export function changeJson(text: string, draw: Draw): string {
  let value = JSON.parse(text) as Json;
  for (let changes = 1 + draw.below(3); changes > 0; changes--) value = changedValue(value, draw);
  const made = JSON.stringify(value);
  if (!draw.once(4)) return made;
  // The text itself: what a value cannot be.
  const at = draw.below(made.length);
  const word = draw.of([...jsonSigns, '1e9999', '-0', '18446744073709551616', '\\ud800', ' ']);
  return made.slice(0, at) + word + made.slice(at + draw.below(3));
}
