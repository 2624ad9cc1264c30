// The parameter block of a kernel: its C++ struct, and writing it where the addon reads it.
import { words } from '../native.js';

/** Types of fields; those of eight bytes come first, so that nothing is padded. */
export type FieldType = 'long long' | 'double' | 'int' | 'float';

/** A field: one number, or several. */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly count?: number;
}

const floats = new Float32Array(words.buffer);
const ints = new Int32Array(words.buffer);
const doubles = new Float64Array(words.buffer);
const longs = new BigInt64Array(words.buffer);
const wide = (type: FieldType): boolean => type === 'long long' || type === 'double';

/** A struct of such fields: `code` declares it as `Params`, `write` fills the addon's block. */
export class Block {
  readonly code: string;
  private readonly places = new Map<string, { readonly type: FieldType; readonly at: number }>();

  constructor(fields: readonly Field[]) {
    const there = fields.filter((f) => f.count !== 0);
    const ordered = [...there.filter((f) => wide(f.type)), ...there.filter((f) => !wide(f.type))];
    let at = 0;
    for (const { name, type, count = 1 } of ordered) {
      this.places.set(name, { type, at });
      at += (wide(type) ? 2 : 1) * count;
    }
    if (at > words.length) throw new RangeError(`a kernel takes ${at} words of parameters`);
    const lines = ordered.map(
      ({ name, type, count }) => `  ${type} ${name}${count === undefined ? '' : `[${count}]`};`,
    );
    this.code = `struct Params {\n${lines.join('\n')}\n};`;
  }

  /** Writes one number of a field. */
  set(name: string, value: number, index = 0): void {
    const { type, at } = this.places.get(name) as { type: FieldType; at: number };
    if (type === 'int') ints[at + index] = value;
    else if (type === 'float') floats[at + index] = value;
    else if (type === 'double') doubles[at / 2 + index] = value;
    else longs[at / 2 + index] = BigInt(value);
  }
}
