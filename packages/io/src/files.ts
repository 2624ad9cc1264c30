// Reading files, and writing them so that a file is there as a whole or not at all (Node only).
import { DLError, DTypeError } from '@dl/core';

// Asked of the process and not imported: a bundle for browsers then holds no trace of node:fs.
function node(operator: string): {
  fs: typeof import('node:fs/promises');
  path: typeof import('node:path');
  url: typeof import('node:url');
} {
  const process = (globalThis as { process?: NodeJS.Process }).process;
  if (typeof process?.getBuiltinModule !== 'function') {
    throw new DLError(
      `${operator}: there are no files here; give the bytes to load from, and save with the function ` +
        'whose name ends in Bytes',
    );
  }
  return {
    fs: process.getBuiltinModule('node:fs/promises'),
    path: process.getBuiltinModule('node:path'),
    url: process.getBuiltinModule('node:url'),
  };
}

const reasons: Record<string, string> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EISDIR: 'it is a folder',
  EEXIST: 'a file of this name is in the way',
};

/** Why a system call failed, in words. */
function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons[code ?? ''] ?? message;
}

/** The bytes of a file. */
export async function readBytes(source: string | URL): Promise<Uint8Array> {
  const { fs } = node('load');
  try {
    return await fs.readFile(source);
  } catch (error) {
    throw new DLError(`load: cannot read ${source}: ${reason(error)}`, { cause: error });
  }
}

/** A file that is open for reading, part by part. */
export interface OpenFile {
  readonly size: number;
  /** Fills the array with the bytes from a position on; false if the file ends before. */
  fill(into: Uint8Array, from: number): Promise<boolean>;
  close(): Promise<void>;
}

// What one read may ask of the system: Linux gives at most 2^31 - 4096 bytes at a time.
const READ = 2 ** 30;

/** Opens a file for reading. Whoever opens it must close it. */
export async function openFile(operator: string, source: string | URL): Promise<OpenFile> {
  const { fs } = node(operator);
  const refuse = (error: unknown): never => {
    throw new DLError(`${operator}: cannot read ${source}: ${reason(error)}`, { cause: error });
  };
  const handle = await fs.open(source, 'r').catch(refuse);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) {
      const error: NodeJS.ErrnoException = new Error('it is not a file');
      if (stat.isDirectory()) error.code = 'EISDIR';
      throw error;
    }
    return {
      size: stat.size,
      fill: async (into, from) => {
        for (let at = 0; at < into.length; ) {
          const wanted = Math.min(into.length - at, READ);
          const { bytesRead } = await handle.read(into, at, wanted, from + at).catch(refuse);
          if (bytesRead === 0) return false;
          at += bytesRead;
        }
        return true;
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    return refuse(error);
  }
}

/** Refuses what is not a file's path, naming the function that gives bytes instead. */
export function checkTarget(operator: string, target: unknown): asserts target is string | URL {
  if (typeof target === 'string' || target instanceof URL) return;
  throw new DTypeError(
    `${operator}: the target must be a file's path, got ${target === null ? 'null' : typeof target}; ` +
      `${operator}Bytes gives the bytes`,
  );
}

/**
 * Writes a file beside its target, waits until it is on the disk, and renames it: under the
 * target's name there is the old file or the whole new one, whenever the process ends.
 */
export async function writeBytes(target: string | URL, bytes: Uint8Array): Promise<void> {
  await writeChunks('save', target, [bytes]);
}

/** `writeBytes` for a file whose parts come one after the other, and need not be there at once. */
export async function writeChunks(
  operator: string,
  target: string | URL,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const { fs, path, url } = node(operator);
  const file = target instanceof URL ? url.fileURLToPath(target) : target;
  const folder = path.dirname(path.resolve(file));
  const random = Math.random().toString(36).slice(2, 10);
  const temporary = path.join(folder, `.${path.basename(file)}.${process.pid}-${random}.tmp`);
  let created = false;
  try {
    const handle = await fs.open(temporary, 'wx');
    created = true;
    try {
      for await (const chunk of chunks) await handle.writeFile(chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, file);
    created = false;
    await syncFolder(fs, folder);
  } catch (error) {
    if (created) await fs.rm(temporary, { force: true }).catch(() => {});
    // From whoever makes the parts, not from the file system.
    if (error instanceof DLError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? `the folder ${folder} does not exist` : reason(error);
    throw new DLError(
      `${operator}: cannot write ${file}: ${why}; choose a folder that exists and can be written to`,
      { cause: error },
    );
  }
}

/** Has the new name on the disk too. Some systems cannot open folders; the file is whole anyway. */
async function syncFolder(fs: typeof import('node:fs/promises'), folder: string): Promise<void> {
  const handle = await fs.open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
