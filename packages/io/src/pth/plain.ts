// Objects of Python's own classes that are converted to plain data.
import { PyDict, type PyForeign, PyGlobal } from '../pickle/values.js';

/** A part of a value, converted. */
export type Convert = (x: unknown) => unknown;

/** The value of a class's object, or undefined if this object is not plain data. */
type Plain = (x: PyForeign, convert: Convert, begun: (made: object) => void) => unknown;

/** The attributes of an object, as a plain object. */
const attributes: Plain = ({ args, state = new PyDict() }, convert, begun) => {
  if (args.length > 0 || !(state instanceof PyDict)) return undefined;
  if (![...state.entries.keys()].every((key) => typeof key === 'string' && key !== '__proto__')) {
    return undefined;
  }
  const made: Record<string, unknown> = {};
  // Before its parts, which may refer to it.
  begun(made);
  for (const [key, item] of state.entries) made[key as string] = convert(item);
  return made;
};

const path =
  (separator: string): Plain =>
  ({ args }) => {
    if (!args.every((part) => typeof part === 'string')) return undefined;
    const [root, ...rest] = args as string[];
    if (root === undefined) return '.';
    const joined = rest.join(separator);
    // The root includes its separator, as in '/' and 'C:\\'.
    return /[/\\]$/.test(root) || rest.length === 0 ? root + joined : root + separator + joined;
  };

const two = (n: number): string => String(n).padStart(2, '0');

/** Bytes of a date or time, which are text in Python 2. */
function bytesOf(x: unknown): number[] | null {
  if (x instanceof Uint8Array) return [...x];
  return typeof x === 'string' ? [...x].map((c) => c.charCodeAt(0)) : null;
}

function date(bytes: readonly number[]): string {
  const [high, low, month, day] = bytes as [number, number, number, number];
  return `${String(high * 256 + low).padStart(4, '0')}-${two(month & 0x7f)}-${two(day)}`;
}

function time(bytes: readonly number[]): string {
  const [hour, minute, second, a, b, c] = bytes as [number, number, number, number, number, number];
  const micros = a * 65536 + b * 256 + c;
  const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0')}`;
  return `${two(hour & 0x7f)}:${two(minute)}:${two(second)}${fraction}`;
}

/** `+02:00` of a `datetime.timezone`, '' if there is none, undefined for a zone with rules. */
function zone(x: unknown): string | undefined {
  if (x === undefined) return '';
  const { callee, args } = x as Partial<PyForeign>;
  const [delta] = args ?? [];
  if (!(callee instanceof PyGlobal) || callee.path !== 'datetime.timezone') return undefined;
  const [days, seconds, micros] = ((delta as Partial<PyForeign>)?.args ?? []) as number[];
  if (![days, seconds].every(Number.isSafeInteger) || micros !== 0) return undefined;
  const total = days * 86400 + seconds;
  const [size, sign] = [Math.abs(total), total < 0 ? '-' : '+'];
  const rest = size % 60 === 0 ? '' : `:${two(size % 60)}`;
  return `${sign}${two(Math.floor(size / 3600))}:${two(Math.floor(size / 60) % 60)}${rest}`;
}

/** A UUID as Python's `str()` writes it, from its 128-bit number. */
const uuid: Plain = ({ args, state, items, entries }) => {
  if (args.length > 0 || items !== null || entries !== null || !(state instanceof PyDict)) {
    return undefined;
  }
  const bits = state.entries.get('int');
  if (typeof bits !== 'bigint' && !Number.isSafeInteger(bits)) return undefined;
  const value = BigInt(bits as bigint | number);
  if (BigInt.asUintN(128, value) !== value) return undefined;
  const digits = value.toString(16).padStart(32, '0');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};

/** Texts as Python's `isoformat()` returns them: a Date would add a time zone and lose microseconds. */
const classes: Readonly<Record<string, Plain>> = {
  'argparse.Namespace': attributes,
  'types.SimpleNamespace': attributes,
  'pathlib.Path': path('/'),
  'pathlib.PosixPath': path('/'),
  'pathlib.PurePath': path('/'),
  'pathlib.PurePosixPath': path('/'),
  'pathlib.WindowsPath': path('\\'),
  'pathlib.PureWindowsPath': path('\\'),
  'uuid.UUID': uuid,
  'datetime.date': ({ args: [packed] }) => {
    const bytes = bytesOf(packed);
    return bytes?.length === 4 ? date(bytes) : undefined;
  },
  'datetime.time': ({ args: [packed, where] }) => {
    const [bytes, offset] = [bytesOf(packed), zone(where)];
    return bytes?.length === 6 && offset !== undefined ? time(bytes) + offset : undefined;
  },
  'datetime.datetime': ({ args: [packed, where] }) => {
    const [bytes, offset] = [bytesOf(packed), zone(where)];
    if (bytes?.length !== 10 || offset === undefined) return undefined;
    return `${date(bytes)}T${time(bytes.slice(4))}${offset}`;
  },
};

/**
 * The plain data of an object, or undefined if it is not plain data.
 *
 * @param begun receives the new value before the object's parts are converted.
 */
export function plainOf(x: PyForeign, convert: Convert, begun: (made: object) => void): unknown {
  if (!(x.callee instanceof PyGlobal) || x.named !== null) return undefined;
  // In Python 3.13 the classes of pathlib are in their own module.
  const name = x.callee.path.replace(/^pathlib\._local\./, 'pathlib.');
  return Object.hasOwn(classes, name) ? classes[name](x, convert, begun) : undefined;
}
