// Reading files, and writing them so that a file is there as a whole or not at all (Node only).
import { DLError, FormatError } from '@dl/core/functional';
import type { Write } from './sink.js';
import type { ByteSource } from './source.js';

// Asked of the process and not imported: a bundle for browsers then holds no trace of node:fs.
function node(operator: string): {
  fs: typeof import('node:fs/promises');
  path: typeof import('node:path');
  url: typeof import('node:url');
} {
  const process = (globalThis as { process?: NodeJS.Process }).process;
  if (typeof process?.getBuiltinModule !== 'function') {
    throw new DLError(
      `${operator}: there are no files here; give the bytes to load from, and save with the function whose name ends in Bytes`,
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

/** A file by position. */
export async function openFile(source: string | URL, operator: string): Promise<ByteSource> {
  const { fs } = node(operator);
  const refuse = (error: unknown): DLError =>
    new DLError(`${operator}: cannot read ${source}: ${reason(error)}`, { cause: error });
  const handle = await fs.open(source, 'r').catch((error) => {
    throw refuse(error);
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) {
      const code = stat.isDirectory() ? 'EISDIR' : undefined;
      throw Object.assign(new Error('it is not a file'), { code });
    }
    return {
      size: stat.size,
      read: async (offset, length) => {
        const part = new Uint8Array(length);
        for (let at = 0; at < length; ) {
          const want = Math.min(length - at, READ_AT_ONCE);
          const { bytesRead } = await handle.read(part, at, want, offset + at);
          if (bytesRead === 0) {
            throw new FormatError(
              `${operator}: byte ${offset}: the file became shorter while it was read: ${source}`,
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
    throw error instanceof DLError ? error : refuse(error);
  }
}

// Node refuses reads of 2 GiB and more.
const READ_AT_ONCE = 2 ** 30;

/**
 * Writes a file beside its target, waits until it is on the disk, and renames it: under the
 * target's name there is the old file or the whole new one, whenever the process ends.
 */
export async function writeFileWhole(
  target: string | URL,
  produce: (write: Write) => Promise<void>,
  operator: string,
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
      await produce(async (part) => {
        for (let at = 0; at < part.length; ) {
          const { bytesWritten } = await handle.write(
            part,
            at,
            Math.min(part.length - at, READ_AT_ONCE),
          );
          at += bytesWritten;
        }
      });
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, file);
    created = false;
    await syncFolder(fs, folder);
  } catch (error) {
    if (created) await fs.rm(temporary, { force: true }).catch(() => {});
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
