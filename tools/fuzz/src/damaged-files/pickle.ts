// Changes of pickles, opcode by opcode.
import { ascii, joined } from './bytes.js';
import { type Draw, EDGES } from './draw.js';

/** How long the argument of an opcode is: a number of bytes, lines, or a length in so many bytes and what has it. */
type Argument = number | `${1 | 2} lines` | `length ${1 | 4 | 8}`;

const args: ReadonlyMap<number, Argument> = new Map<number, Argument>([
  ...[...'FILSVPpg'].map((c) => [c.charCodeAt(0), '1 lines'] as const),
  ...[...'ci'].map((c) => [c.charCodeAt(0), '2 lines'] as const),
  ...[...'Khq\x80\x82'].map((c) => [c.charCodeAt(0), 1] as const),
  ...[...'M\x83'].map((c) => [c.charCodeAt(0), 2] as const),
  ...[...'Jjr\x84'].map((c) => [c.charCodeAt(0), 4] as const),
  ...[...'G\x95'].map((c) => [c.charCodeAt(0), 8] as const),
  ...[...'UC\x8c\x8a'].map((c) => [c.charCodeAt(0), 'length 1'] as const),
  ...[...'TXB\x8b'].map((c) => [c.charCodeAt(0), 'length 4'] as const),
  ...[...'\x8d\x8e\x96'].map((c) => [c.charCodeAt(0), 'length 8'] as const),
]);

const STOP = 0x2e;

const known = new WeakMap<Uint8Array, readonly Uint8Array[]>();

/** The opcodes of a pickle with their arguments, up to STOP; what is behind it is the last part. */
function opcodesOf(bytes: Uint8Array): Uint8Array[] {
  const found = known.get(bytes) ?? split(bytes);
  known.set(bytes, found);
  return [...found];
}

function split(bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at < bytes.length) {
    const code = bytes[at];
    const argument = args.get(code) ?? 0;
    let end = at + 1;
    if (typeof argument === 'number') end += argument;
    else if (argument.endsWith('lines')) {
      for (let lines = Number(argument[0]); lines > 0; lines--) end = bytes.indexOf(10, end) + 1;
      if (end <= at) break;
    } else {
      const size = Number(argument.at(-1));
      if (end + size > bytes.length) break;
      const length = size === 1 ? view.getUint8(end) : view.getUint32(end, true);
      end += size + length;
    }
    found.push(bytes.subarray(at, end));
    at = end;
    if (code === STOP) break;
  }
  if (at < bytes.length) found.push(bytes.subarray(at));
  return found;
}

/** Names of classes and functions: those that readers know, and some that must never be called. */
const names = [
  ...[
    'collections\nOrderedDict',
    'collections\ndefaultdict',
    'collections\nCounter',
    'collections\ndeque',
  ],
  ...[
    'torch._utils\n_rebuild_tensor_v2',
    'torch._utils\n_rebuild_tensor_v3',
    'torch._utils\n_rebuild_parameter',
  ],
  ...[
    'torch._tensor\n_rebuild_from_type_v2',
    'torch\nFloatStorage',
    'torch\nLongStorage',
    'torch\nComplexFloatStorage',
  ],
  ...[
    'torch.storage\nUntypedStorage',
    'torch\nSize',
    'torch\ndevice',
    'torch\nfloat16',
    'torch\nstrided',
  ],
  ...[
    'torch.serialization\n_get_layout',
    '_codecs\nencode',
    'builtins\nset',
    'builtins\nfrozenset',
    'builtins\nbytearray',
  ],
  ...[
    'builtins\ncomplex',
    'builtins\nslice',
    'builtins\nrange',
    'builtins\neval',
    'builtins\ngetattr',
    'os\nsystem',
  ],
  ...[
    'copyreg\n_reconstructor',
    'copyreg\n__newobj__',
    'copyreg\n__newobj_ex__',
    'numpy\ndtype',
    'numpy\nndarray',
  ],
  ...[
    'numpy.core.multiarray\n_reconstruct',
    'numpy.core.multiarray\nscalar',
    'numpy._core.multiarray\nscalar',
  ],
  ...[
    'numpy._core.numeric\n_frombuffer',
    'datetime\ndatetime',
    'datetime\ntimedelta',
    'pathlib\nPosixPath',
  ],
  ...[
    'argparse\nNamespace',
    'types\nSimpleNamespace',
    'torch.nn.modules.linear\nLinear',
    'torch.nn.modules.container\nSequential',
  ],
  ...[
    'torch.nn.modules.conv\nConv2d',
    'torch.nn.modules.rnn\nLSTM',
    'torch.nn.modules.activation\nHardtanh',
    'a.b\nC',
  ],
];

/** Opcodes that take nothing, or small things. */
const plain = [...'(.012NQRabdelostu)]}\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94\x97\x98'];
const small = [
  ...[
    'K\x00',
    'K\xff',
    'M\xff\xff',
    'J\xff\xff\xff\xff',
    'J\xff\xff\xff\x7f',
    'h\x00',
    'h\x01',
    'h\x05',
    'q\x01',
  ],
  ...[
    'X\x01\x00\x00\x00a',
    'X\x09\x00\x00\x00__proto__',
    'X\x0b\x00\x00\x00constructor',
    'U\x01a',
    'C\x02ab',
  ],
  ...[
    '\x8a\x01\xff',
    '\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01',
    'F1e999\n',
    'I01\n',
    'I-1\n',
    'L12L\n',
    "S'a'\n",
  ],
  ...[
    'G\x7f\xf8\x00\x00\x00\x00\x00\x00',
    'Vstorage\n',
    'V\\ud800\n',
    '\x8c\x05state',
    '}',
    '(}u',
    '(t',
    '(l',
  ],
];

const token = (draw: Draw): Uint8Array =>
  draw.once(4)
    ? ascii(`c${draw.of(names)}\n`)
    : ascii(draw.once(2) ? draw.of(small) : draw.of(plain));

/** An opcode with another argument of the same length. */
function withOther(code: Uint8Array, draw: Draw): Uint8Array {
  const out = code.slice();
  const first = out[0];
  if (first === 0x63) return ascii(`c${draw.of(names)}\n`);
  if (out.length === 2) out[1] = draw.of(EDGES);
  else if (out.length > 4 && draw.once(2)) {
    new DataView(out.buffer).setUint32(1, draw.of(EDGES), true);
  } else if (out.length > 1) out[1 + draw.below(out.length - 1)] = draw.below(256);
  return out;
}

/** A pickle with some of its opcodes changed. What stands behind it stays. */
export function changePickle(bytes: Uint8Array, draw: Draw): Uint8Array {
  const codes = opcodesOf(bytes);
  for (let changes = 1 + draw.below(2) * draw.below(3); changes > 0; changes--) {
    const at = draw.below(codes.length);
    const own = codes[at];
    const many = 1 + draw.below(draw.once(2) ? 3 : 20);
    switch (draw.below(8)) {
      case 0:
        codes.splice(at, draw.once(2) ? 1 : many);
        break;
      case 1:
        codes.splice(at, 0, token(draw));
        break;
      case 2:
        codes[at] = token(draw);
        break;
      case 3:
      case 4:
        codes[at] = withOther(own, draw);
        break;
      case 5: {
        // A run of opcodes somewhere else.
        const run = codes.slice(at, at + many);
        codes.splice(draw.below(codes.length), draw.once(2) ? many : 0, ...run);
        break;
      }
      case 6: {
        // The same again and again.
        const run = codes.slice(at, at + 1 + draw.below(4));
        const times = draw.once(10) ? 500 : draw.below(6);
        codes.splice(at, 0, ...new Array<Uint8Array[]>(times).fill(run).flat());
        break;
      }
      default: {
        const other = draw.below(codes.length);
        codes[at] = codes[other];
        codes[other] = own;
      }
    }
    if (codes.length === 0) codes.push(ascii('N.'));
  }
  return joined(codes);
}
