// Recognizes files of other formats by their first bytes, and says how to load them.

interface Kind {
  /** A description of the format. */
  readonly what: string;
  /** Whether a file of this format begins with these bytes. */
  begins(bytes: Uint8Array, text: string): boolean;
  /** What to do with it. */
  readonly fix: string;
  /** The functions that read it. */
  readonly readers?: readonly string[];
}

const magic =
  (...codes: readonly number[]) =>
  (bytes: Uint8Array): boolean =>
    codes.every((code, i) => bytes[i] === code);

/** The functions that read PyTorch's files, and those that read safetensors files. */
const pth = ['load', 'loadCheckpoint'];
const safetensors = ['loadSafetensors', 'openSafetensors'];

const kinds: readonly Kind[] = [
  {
    what: 'empty',
    begins: (bytes) => bytes.length === 0,
    fix: 'save it again, or download it again',
  },
  {
    what: 'an HTML page',
    begins: (_, text) => /^\s*<(!doctype html|html|head|body|!--)/i.test(text),
    fix: 'the address returned a page instead of the file: download the file itself (on huggingface.co the address contains /resolve/, not /blob/)',
  },
  {
    what: 'a Git LFS pointer, which stands for the file in a repository that was cloned without Git LFS',
    begins: (_, text) => text.startsWith('version https://git-lfs.github.com/spec/'),
    fix: 'run `git lfs install` and `git lfs pull`, or download the file itself',
  },
  {
    what: 'an XML document, such as a server error',
    begins: (_, text) => /^\s*<\?xml|^\s*<Error>/.test(text),
    fix: 'open it in an editor, and download the file again',
  },
  {
    what: 'a safetensors file',
    begins: (bytes) =>
      bytes.length > 9 &&
      bytes[6] === 0 &&
      bytes[7] === 0 &&
      bytes[8] === 0x7b &&
      /["} \n]/.test(String.fromCharCode(bytes[9])),
    fix: 'use loadSafetensors',
    readers: safetensors,
  },
  {
    what: 'a JSON text',
    begins: (_, text) => /^\s*[{[]\s*["{[\]}]/.test(text),
    fix: 'use JSON.parse; if it says "error", the download failed',
  },
  {
    what: 'a zip archive, as written by torch.save and numpy.savez',
    begins: magic(0x50, 0x4b, 3, 4),
    fix: 'use load for .pth and .pt files, loadNpz for .npz files',
    readers: pth.concat('loadNpz'),
  },
  {
    what: 'a .npy file',
    begins: magic(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59),
    fix: 'use loadNpy',
    readers: ['loadNpy'],
  },
  {
    what: 'a pickle, as written by torch.save before PyTorch 1.6',
    begins: (bytes) => bytes[0] === 0x80 && bytes[1] >= 1 && bytes[1] <= 5,
    fix: 'use load',
    readers: pth,
  },
  {
    what: 'compressed with gzip',
    begins: magic(0x1f, 0x8b),
    fix: 'decompress it first, with new DecompressionStream("gzip") or gunzip',
  },
  {
    what: 'an HDF5 file, as written by Keras',
    begins: magic(0x89, 0x48, 0x44, 0x46),
    fix: 'save the weights with torch.save or safetensors in Python',
  },
  {
    what: 'a GGUF file, as used by llama.cpp',
    begins: magic(0x47, 0x47, 0x55, 0x46),
    fix: 'download the safetensors files of the model',
  },
  {
    what: 'a tar archive, as written by torch.save before PyTorch 0.1.10, or an archived folder',
    begins: (bytes, text) => text.slice(257, 262) === 'ustar' && bytes.length > 262,
    fix: 'unpack it; load a PyTorch file with a newer PyTorch and save it again',
  },
];

/** The number of bytes needed to recognize a format. */
export const KIND_SIZE = 512;

/**
 * Describes a file that `operator` cannot read: `the file is an HTML page; …`. Null if `operator` reads this format, or
 * if it is unknown.
 *
 * @param start the first `KIND_SIZE` bytes of the file, or all if there are fewer.
 */
export function otherKind(operator: string, start: Uint8Array): string | null {
  let text = '';
  for (const byte of start.subarray(0, KIND_SIZE)) text += String.fromCharCode(byte);
  // A byte order mark may precede a text.
  const kind = kinds.find(({ begins }) => begins(start, text.replace(/^\xef\xbb\xbf/, '')));
  if (kind === undefined || kind.readers?.includes(operator)) return null;
  return `the file is ${kind.what}; ${kind.fix}`;
}
