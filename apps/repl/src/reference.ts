// The reference, as tools/docs extracts it from the documentation comments.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** A part of the reference. */
export interface Described {
  readonly name: string;
  readonly package: string;
  readonly kind: 'class' | 'function' | 'constant' | 'type';
  readonly signatures: readonly string[];
  readonly text: string;
  readonly params: readonly { readonly name: string; readonly text: string }[];
  readonly returns: string;
  readonly throws: readonly string[];
  readonly examples: readonly string[];
  readonly file: string;
  readonly line: number;
}

/** An export. */
export interface Entry extends Described {
  readonly source: string;
  readonly members: readonly Described[];
  /** Members that `dir` leaves out. */
  readonly hidden: readonly string[];
}

/** The packages' exports by package name (`core`), and the reference. */
export interface World {
  readonly packages: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly reference: readonly Entry[];
  /** The guide's first page, with which `dir()` and `help()` open. */
  readonly firstPage?: string;
}

/** All exports of all packages. */
export function readReference(): Entry[] {
  const file = createRequire(import.meta.url).resolve('dl-docs/reference.json');
  return JSON.parse(readFileSync(file, 'utf8')) as Entry[];
}
