// Changes of the headers of .npy and safetensors files.
import { ascii, changeBytes, joined } from './bytes.js';
import type { Draw } from './draw.js';
import { changeJson } from './json.js';
import { changePickle } from './pickle.js';

const python = [
  ...[
    '(',
    ')',
    '{',
    '}',
    '[',
    "'",
    '"',
    ',',
    ':',
    'True',
    'False',
    'None',
    '-1',
    '0',
    '1',
    '4294967296',
    '2**70',
  ],
  ...[
    '9007199254740993',
    'L',
    ', 0',
    '1,',
    '()',
    "'descr': ",
    "'shape': (",
    "'fortran_order': True",
  ],
];
const descrs = [
  '<f8',
  '>i4',
  '|i1',
  '<u4',
  '>f2',
  '|b1',
  '<U4',
  '|S3',
  '<c8',
  '<M8[ns]',
  '>u2',
  '|O',
  '|V8',
  '<U0',
  '<U99999999',
];

/** Words of .npy headers. */
export const npyWords = [...python, ...descrs];

/** A `.npy` file with another header, or another pickle in it. */
export function changeNpy(file: Uint8Array, draw: Draw): Uint8Array {
  const end = file.indexOf(10) + 1;
  const version = file[6];
  const start = version === 1 ? 10 : 12;
  if (end <= start) return changeBytes(file, npyWords, draw);
  const header = new TextDecoder('latin1').decode(file.subarray(start, end - 1)).trimEnd();
  const elements = file.subarray(end);
  if (header.includes("'|O'") && draw.once(2)) {
    return joined([file.subarray(0, end), changePickle(elements, draw)]);
  }
  let text = header;
  const replace = (pattern: RegExp, by: string): void => {
    text = text.replace(pattern, by);
  };
  const sizes = (): string =>
    Array.from({ length: draw.below(5) }, () =>
      draw.of(['0', '1', '2', '3', '-1', '65536', '4294967296', '2.0', '9007199254740993']),
    )
      .concat('')
      .join(', ');
  if (draw.once(2)) replace(/'descr': *('[^']*'|\[[^\]]*\])/, `'descr': '${draw.of(descrs)}'`);
  if (draw.once(2)) replace(/'shape': *\([^)]*\)/, `'shape': (${sizes()})`);
  if (draw.once(4)) replace(/False|True/, draw.of(['True', 'False', 'None', '1']));
  if (draw.once(4)) {
    const at = draw.below(text.length);
    text = text.slice(0, at) + draw.of(npyWords) + text.slice(at + draw.below(3));
  }
  const bytes = ascii(`${text}${' '.repeat(63 - ((text.length + start) % 64))}\n`);
  const head = file.slice(0, start);
  const length = draw.once(8) ? bytes.length + draw.below(9) - 4 : bytes.length;
  const view = new DataView(head.buffer);
  if (start === 10) view.setUint16(8, length, true);
  else view.setUint32(8, length, true);
  const rest = draw.once(8) ? elements.subarray(0, draw.below(elements.length + 1)) : elements;
  return joined([head, bytes, rest]);
}

/** A safetensors file with other JSON in its header. */
export function changeSafetensors(file: Uint8Array, draw: Draw): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = Number(view.getBigUint64(0, true));
  const json = new TextDecoder().decode(file.subarray(8, 8 + length));
  const bytes = new TextEncoder().encode(changeJson(json, draw));
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8).fill(0x20);
  padded.set(bytes);
  const head = new DataView(new ArrayBuffer(8));
  const said = draw.once(8) ? BigInt(padded.length + draw.below(17) - 8) : BigInt(padded.length);
  head.setBigUint64(0, BigInt.asUintN(64, said), true);
  return joined([new Uint8Array(head.buffer), padded, file.subarray(8 + length)]);
}
