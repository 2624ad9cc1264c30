// Reading the references: what tools/oracle/sweep_references.py wrote for one function.
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Swept } from './functions.js';
import { bytesOf, fingerprint, type Places, pointsOf } from './points.js';

/** The dtypes that have references; the half types are judged by float32's. */
export type ReferenceType = 'float32' | 'float64';

/** References of one pass, point by point: of the result, or of the gradient with respect to an operand. */
export interface Pass {
  /** `forward`, `d/da`, `d/db`, `d/dc`. */
  readonly name: string;
  /** The nearest number of the dtype to the exact value. */
  readonly near: Float32Array | Float64Array;
  /** What the exact value has beyond it, in 1/256 of its ulp. */
  readonly rest: Int8Array;
  /** PyTorch's error in ulp, rounded up to a quarter power of two; infinite where it has another kind of result. */
  readonly torch: Float64Array;
}

export interface References {
  /** The points: rows of operands. */
  readonly rows: readonly (readonly number[])[];
  readonly passes: readonly Pass[];
}

/** References of one function. */
export interface Fixture extends Places {
  /** The function's. */
  readonly name: string;
  readonly float32: References;
  readonly float64: References;
}

interface Header extends Places {
  readonly name: string;
  readonly dtypes: {
    readonly [T in ReferenceType]: { readonly count: number; readonly of: string };
  };
  readonly slopes: number;
}

/** The command that updates the references. */
export const remedy = 'run `pnpm oracle sweep` (tools/oracle/README.md says what it needs)';

const fileOf = (name: string): URL =>
  new URL(`../fixtures/${name.replaceAll(' ', '-')}.bin.gz`, import.meta.url);

// Every byte of the numbers in a plane of its own, which gzip makes smaller.
function numbers(
  planes: Uint8Array,
  count: number,
  dtype: ReferenceType,
): Float32Array | Float64Array {
  const width = dtype === 'float32' ? 4 : 8;
  const bytes = new Uint8Array(count * width);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < width; k++) bytes[i * width + k] = planes[k * count + i];
  }
  return dtype === 'float32' ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
}

const known = new Map<string, Fixture>();

/** The references of a function; read once. See `load` for what it throws. */
export function readFixture(f: Swept): Fixture {
  const found = known.get(f.name) ?? load(f);
  known.set(f.name, found);
  return found;
}

/**
 * The references of a function.
 *
 * @throws Error if there are none, or if they were made at other points; the message names the command to run.
 */
function load(f: Swept): Fixture {
  const file = fileOf(f.name);
  if (!existsSync(file)) throw new Error(`${f.name} has no references: ${remedy}`);
  const data = gunzipSync(readFileSync(file));
  const start = 4 + data.readUInt32LE(0);
  const header: Header = JSON.parse(data.subarray(4, start).toString());
  let at = start;
  const take = (bytes: number): Uint8Array => {
    at += bytes;
    return data.subarray(at - bytes, at);
  };
  const names = ['forward', 'd/da', 'd/db', 'd/dc'].slice(0, 1 + header.slopes);
  const references = (dtype: ReferenceType): References => {
    const { count, of } = header.dtypes[dtype];
    const rows = pointsOf(f, dtype, header);
    if (fingerprint(bytesOf(rows, f.arity)) !== of) {
      throw new Error(`${f.name}'s ${dtype} references were made at other points: ${remedy}`);
    }
    const passes = names.map((name): Pass => {
      const near = numbers(take(count * (dtype === 'float32' ? 4 : 8)), count, dtype);
      const rest = new Int8Array(take(count));
      const torch = Float64Array.from(take(count), (step) =>
        step === 255 ? Number.POSITIVE_INFINITY : (2 ** (step / 4) - 1) / 4,
      );
      return { name, near, rest, torch };
    });
    return { rows, passes };
  };
  const { name, constants, crossings } = header;
  return {
    name,
    constants,
    crossings,
    float32: references('float32'),
    float64: references('float64'),
  };
}
