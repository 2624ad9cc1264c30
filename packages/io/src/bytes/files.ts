// Reading files at any position, and folders (Node only).
import { DLError, FormatError } from '@dl/core/functional';
import type { ByteSource } from './byte-source.js';

/**
 * Node's file modules, obtained with process.getBuiltinModule, so that a bundle for browsers contains no reference to
 * them.
 */
export function node(operator: string): {
  fs: typeof import('node:fs/promises');
  path: typeof import('node:path');
  url: typeof import('node:url');
} {
  const process = (globalThis as { process?: NodeJS.Process }).process;
  if (typeof process?.getBuiltinModule !== 'function') {
    throw new DLError(
      `${operator}: this runtime has no file system; load from bytes, or save with the function whose name ends in Bytes`,
    );
  }
  return {
    fs: process.getBuiltinModule('node:fs/promises'),
    path: process.getBuiltinModule('node:path'),
    url: process.getBuiltinModule('node:url'),
  };
}

/** Whether a text is a URL that is not a file's. */
export const isAddress = (text: string): boolean =>
  /^(?!file:)([a-z][a-z0-9+.-]+:\/\/|data:|blob:)/i.test(text);

/** The path of a file. A URL may be of a class other than Node's, as in Jest's jsdom environment. */
export function pathOfFile(file: string | URL, operator: string): string {
  return typeof file === 'string' ? file : node(operator).url.fileURLToPath(file.href);
}

/** The names in a folder, or null if the path is not a folder. */
export async function listFolder(folder: string | URL): Promise<string[] | null> {
  try {
    const { fs } = node('load');
    return (await fs.readdir(pathOfFile(folder, 'load'))).sort();
  } catch {
    return null;
  }
}

/** The path of a file in a folder, or next to another file. */
export function pathIn(folder: string | URL, name: string, beside = false): string {
  const { path } = node('load');
  const place = pathOfFile(folder, 'load');
  return path.join(beside ? path.dirname(place) : place, name);
}

/** A description of what is at a path if it is not a regular file, or null. */
export function specialKind(stat: import('node:fs').Stats): string | null {
  if (stat.isFile()) return null;
  if (stat.isDirectory()) return 'it is a folder';
  const what = stat.isFIFO()
    ? 'a pipe'
    : stat.isSocket()
      ? 'a socket'
      : stat.isCharacterDevice() || stat.isBlockDevice()
        ? 'a device'
        : 'special';
  return `it is ${what}, not a regular file`;
}

const reasons: Record<string, string> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'part of its path is a file, not a folder',
  EISDIR: 'it is a folder',
  EEXIST: 'a file of this name already exists',
  ENAMETOOLONG: 'its name is too long',
  ERR_INVALID_ARG_VALUE: 'its path contains a null character',
  EMFILE: 'too many files are open',
};

/** The reason why a system call failed, in words. */
export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons[code ?? ''] ?? message;
}

/** Opens a file for reading at any position. */
export async function openFile(source: string | URL, operator: string): Promise<ByteSource> {
  const { fs } = node(operator);
  const refuse = (why: string, cause?: unknown): DLError =>
    new DLError(`${operator}: cannot read ${source}: ${why}`, { cause });
  let handle: import('node:fs/promises').FileHandle;
  try {
    const file = pathOfFile(source, operator);
    // Checked before opening: opening a pipe would wait for a writer.
    const problem = specialKind(await fs.stat(file));
    if (problem !== null) {
      throw refuse(
        problem === 'it is a folder'
          ? `${problem}; pass the path of a file in it, or use loadSafetensors(folder) for a model of the Hugging Face libraries`
          : `${problem}; read its bytes first, and load those`,
      );
    }
    handle = await fs.open(file, 'r');
  } catch (error) {
    throw error instanceof DLError ? error : refuse(reason(error), error);
  }
  try {
    const { size } = await handle.stat();
    return {
      size,
      read: async (offset, length) => {
        const part = new Uint8Array(length);
        for (let at = 0; at < length; ) {
          const want = Math.min(length - at, READ_AT_ONCE);
          const { bytesRead } = await handle.read(part, at, want, offset + at);
          if (bytesRead === 0) {
            throw new FormatError(
              `${operator}: byte ${offset}: the file became shorter while it was being read: ${source}`,
            );
          }
          at += bytesRead;
        }
        return part;
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error instanceof DLError ? error : refuse(reason(error), error);
  }
}

// Node refuses reads and writes of 2 GiB and more.
export const READ_AT_ONCE = 2 ** 30;
