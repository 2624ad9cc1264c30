// Loading the addon, and its commands.
import { type Buffer, DeviceError } from '@dl/core/functional';
import { notNode } from './no-addon.js';
import { noBinary } from './platforms.js';

/**
 * The functions of the addon. A call's numbers are in the command buffer, its arrays are arguments. `false` means that
 * the addon has no kernel for this and did nothing.
 */
export interface Addon {
  setup(command: Float64Array, outOfMemory: () => never): boolean;
  prepare(code: Int32Array, constants: Float64Array): boolean;
  map(...operands: Buffer[]): boolean;
  reduce(...operands: Buffer[]): boolean;
  fold(...operands: Buffer[]): boolean;
  contract(a: Buffer, b: Buffer, out: Buffer): boolean;
  indexed(...operands: Buffer[]): boolean;
  scan(input: Buffer, output: Buffer): boolean;
  sort(...operands: Buffer[]): boolean;
  threads(n?: number): number;
  isa(name?: string): string;
  keepMemory(): boolean;
}

/** The addon, or why there is none. */
export type Loaded =
  | { readonly addon: Addon; readonly reason?: undefined }
  | { readonly addon: null; readonly reason: string };

function outOfMemory(): never {
  throw new DeviceError(
    'cpu: there is not enough memory for what this operation needs besides its tensors; use smaller tensors, or give the process more memory',
  );
}

/** Numbers of the current call; written here, read by the addon in place. */
export const command = new Float64Array(8192);

let loaded: Loaded | undefined;

/** Loads the addon once. If that fails, the reason is a readable sentence. */
export function load(): Loaded {
  loaded ??= attempt();
  return loaded;
}

function attempt(): Loaded {
  // Obtained with process.getBuiltinModule instead of imported: in a browser this file then reports that there is no
  // addon instead of failing.
  const process = (globalThis as { process?: NodeJS.Process }).process;
  if (typeof process?.getBuiltinModule !== 'function') return { addon: null, reason: notNode };
  const platform = `${process.platform}-${process.arch}`;
  const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);
  const own = `../prebuilds/${platform}/dl-cpu.node`;
  const named = process.env.DL_CPU_ADDON;
  const places = [`@dl/backend-cpu-${platform}/dl-cpu.node`, own];
  if (named) places.splice(0, 2, own.replace('dl-cpu.node', named));
  try {
    const place = places.find((specifier) => resolves(require, specifier));
    if (place === undefined) return { addon: null, reason: noBinary(platform, hasGlibc(process)) };
    const addon = require(place) as Addon;
    addon.setup(command, outOfMemory);
    return { addon };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return {
      addon: null,
      reason: `the binary for ${platform} does not load: ${text.split('\n')[0]}`,
    };
  }
}

/**
 * Whether the process runs on glibc. A musl system gets its own message, since npm does not even install a glibc binary
 * there.
 */
function hasGlibc(process: { readonly report?: NodeJS.ProcessReport }): boolean {
  const report = process.report?.getReport() as
    | { readonly header: { readonly glibcVersionRuntime?: string } }
    | undefined;
  // A runtime without process reports cannot tell; most Linux systems have glibc.
  return report === undefined || report.header.glibcVersionRuntime !== undefined;
}

function resolves(require: NodeJS.Require, specifier: string): boolean {
  try {
    require.resolve(specifier);
    return true;
  } catch {
    return false;
  }
}

/** Sizes from which the addon is called; smaller work is done by core's compiled loops. */
export interface Sizes {
  /** Elements times the program's cost, for `map` and `reduce`. */
  readonly map: number;
  /** Multiply-adds of a matrix product. */
  readonly contract: number;
  /** Elements moved, scanned or sorted. */
  readonly move: number;
}

/** The addon, and the sizes from which it is called. */
export interface Native {
  readonly addon: Addon;
  readonly sizes: Sizes;
}
