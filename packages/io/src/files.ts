// Reading files, and writing them so that a file is there as a whole or not at all (Node only).
import { DLError } from '@dl/core';

// Asked of the process and not imported: a bundle for browsers then holds no trace of node:fs.
function node(operator: string): {
  fs: typeof import('node:fs/promises');
  path: typeof import('node:path');
  url: typeof import('node:url');
} {
  const process = (globalThis as { process?: NodeJS.Process }).process;
  if (typeof process?.getBuiltinModule !== 'function') {
    throw new DLError(
      `${operator}: there are no files here; use saveBytes(value), and load(bytes) with the bytes`,
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

/**
 * Writes a file beside its target, waits until it is on the disk, and renames it: under the
 * target's name there is the old file or the whole new one, whenever the process ends.
 */
export async function writeBytes(target: string | URL, bytes: Uint8Array): Promise<void> {
  const { fs, path, url } = node('save');
  const file = target instanceof URL ? url.fileURLToPath(target) : target;
  const folder = path.dirname(path.resolve(file));
  const random = Math.random().toString(36).slice(2, 10);
  const temporary = path.join(folder, `.${path.basename(file)}.${process.pid}-${random}.tmp`);
  let created = false;
  try {
    const handle = await fs.open(temporary, 'wx');
    created = true;
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, file);
    created = false;
    await syncFolder(fs, folder);
  } catch (error) {
    if (created) await fs.rm(temporary, { force: true }).catch(() => {});
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? `the folder ${folder} does not exist` : reason(error);
    throw new DLError(
      `save: cannot write ${file}: ${why}; choose a folder that exists and can be written to`,
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
