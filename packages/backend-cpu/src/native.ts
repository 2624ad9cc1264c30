// Loading the addon, and the commands that it takes.
import { createRequire } from 'node:module';
import type { Buffer } from '@dl/core';

/**
 * What the addon offers. A call's numbers stand in the command buffer, its arrays are arguments.
 * `false` means that the addon has no kernel for this and did nothing.
 */
export interface Addon {
  setup(command: Float64Array): boolean;
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

/** Numbers of the current call; written here, read by the addon in place. */
export const command = new Float64Array(8192);

let loaded: Loaded | undefined;

/** Loads the addon once. Where that fails, the reason is a sentence for people. */
export function load(): Loaded {
  loaded ??= attempt();
  return loaded;
}

function attempt(): Loaded {
  const platform = `${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    const addon = require(
      `../prebuilds/${platform}/${process.env.DL_CPU_ADDON ?? 'dl-cpu.node'}`,
    ) as Addon;
    addon.setup(command);
    return { addon };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const code = (error as { code?: unknown }).code;
    const reason =
      code === 'MODULE_NOT_FOUND'
        ? `there is no binary for ${platform}; build one with \`npm run build:native\` in @dl/backend-cpu (needs g++ or clang++)`
        : `the binary for ${platform} does not load: ${text.split('\n')[0]}`;
    return { addon: null, reason };
  }
}
