// Writing files atomically: the target is always either the old file or the complete new one (Node only).
//
// A new file is written next to its target, under a unique name, and renamed. The target's properties are kept as far
// as the system allows: a symbolic link is followed, permissions and owner are copied, a file with several hard links
// or one that cannot be replaced by renaming is overwritten in place, and anything but a regular file is refused.

import { DLError, ValueError } from '@dl/core/functional';
import type { Write } from './bytes.js';
import { isAddress, node, pathOfFile, READ_AT_ONCE, reason, specialKind } from './files.js';

type Fs = typeof import('node:fs/promises');
type FileHandle = import('node:fs/promises').FileHandle;
type Stats = import('node:fs').Stats;

/** What to do if another folder would not help. */
const fixes: Readonly<Record<string, string>> = {
  ENAMETOOLONG: 'choose a shorter name',
  ERR_INVALID_ARG_VALUE: 'choose another name',
  ENOSPC: 'free some space, or choose another disk',
  EMFILE: 'close some of them',
};

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/**
 * Writes a file: at any time, the target is either the old file or the complete new one, even if the process is killed.
 * (Exception: for a file with several hard links, the process must not be killed while it copies the finished contents
 * into it.)
 */
export async function writeFileWhole(
  target: string | URL,
  produce: (write: Write) => Promise<void>,
  operator: string,
): Promise<void> {
  const { fs, path } = node(operator);
  if (isAddress(String(target))) {
    throw new ValueError(
      `${operator}: ${String(target).slice(0, 200)} is a URL, not a file path; send it the result of ${operator === 'save' ? 'saveBytes' : `${operator}Bytes`}`,
    );
  }
  const given = pathOfFile(target, operator);
  if (given === '') throw new ValueError(`${operator}: target must be a file path, not ''`);
  const refuse = (why: string, cause: unknown): DLError =>
    new DLError(
      `${operator}: cannot write ${given}: ${why}; ${fixes[codeOf(cause) ?? ''] ?? 'choose a folder that exists and is writable'}`,
      { cause },
    );
  let folder = path.dirname(path.resolve(given));
  try {
    const file = await followed(fs, path, path.resolve(given));
    folder = path.dirname(file);
    const before = await fs.stat(file).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    });
    if (before !== null) await checkReplaceable(fs, file, before, operator, given);
    await replace(fs, path, { file, folder, before, produce });
  } catch (error) {
    if (error instanceof DLError) throw error;
    throw refuse(
      codeOf(error) === 'ENOENT' ? `the folder ${folder} does not exist` : reason(error),
      error,
    );
  }
}

/** Resolves a path through symbolic links; the last one may point to a file that does not exist yet. */
async function followed(fs: Fs, path: typeof import('node:path'), start: string): Promise<string> {
  let file = start;
  for (let links = 0; links < 40; links++) {
    let link: string;
    try {
      link = await fs.readlink(file);
    } catch (error) {
      // Not a link (EINVAL), or it does not exist.
      if (codeOf(error) === 'EINVAL' || codeOf(error) === 'ENOENT' || codeOf(error) === 'UNKNOWN') {
        return file;
      }
      throw error;
    }
    // A relative link is resolved from the folder that really contains it.
    file = path.resolve(await fs.realpath(path.dirname(file)), link);
  }
  throw Object.assign(new Error('its symbolic links form a loop'), { code: 'ELOOP' });
}

async function checkReplaceable(
  fs: Fs,
  file: string,
  before: Stats,
  operator: string,
  given: string,
): Promise<void> {
  const problem = specialKind(before);
  if (problem !== null) {
    const fix = before.isDirectory()
      ? 'pass the path of a file in it'
      : `pass another path, or write the result of ${operator === 'save' ? 'saveBytes' : `${operator}Bytes`} to it`;
    throw new DLError(`${operator}: cannot write ${given}: ${problem}; ${fix}`);
  }
  // Renaming does not check the permissions of the file itself.
  await fs.access(file, fs.constants.W_OK);
}

interface Replacement {
  readonly file: string;
  readonly folder: string;
  readonly before: Stats | null;
  readonly produce: (write: Write) => Promise<void>;
}

async function replace(
  fs: Fs,
  path: typeof import('node:path'),
  { file, folder, before, produce }: Replacement,
): Promise<void> {
  const names = await temporaryNames(fs);
  await clean(fs, path, folder, names);
  const temporary = path.join(folder, names.make());
  const mode = before === null ? 0o666 : before.mode & 0o777;
  let handle: FileHandle;
  try {
    handle = await fs.open(temporary, 'wx+', mode);
  } catch (error) {
    names.done(path.basename(temporary));
    // A writable file in a read-only folder, such as a file mounted into a container.
    if (before === null || !['EACCES', 'EPERM', 'EROFS'].includes(codeOf(error) ?? '')) throw error;
    await fillFromMemory(fs, file, produce);
    return;
  }
  let there = true;
  try {
    let copying = before !== null && before.nlink > 1;
    try {
      let at = 0;
      await produce(async (part) => {
        at = await writeAll(handle, part, at);
      });
      if (before !== null) copying = !(await takeOver(handle, before)) || copying;
      await handle.sync();
      if (copying) await fill(fs, file, handle, at);
    } finally {
      await handle.close();
    }
    if (!copying) {
      try {
        await fs.rename(temporary, file);
        there = false;
      } catch (error) {
        // A file that is a mount point, or that another program holds open.
        if (
          before === null ||
          !['EBUSY', 'EXDEV', 'EPERM', 'EACCES'].includes(codeOf(error) ?? '')
        ) {
          throw error;
        }
        const again = await fs.open(temporary, 'r');
        try {
          await fill(fs, file, again, (await again.stat()).size);
        } finally {
          await again.close();
        }
      }
    }
    await syncFolder(fs, folder);
  } finally {
    if (there) await fs.rm(temporary, { force: true }).catch(() => {});
    names.done(path.basename(temporary));
  }
}

/** Gives a file the permissions and the owner of another one; false if the owner cannot be set. */
async function takeOver(handle: FileHandle, before: Stats): Promise<boolean> {
  const own = await handle.stat();
  let same = own.uid === before.uid && own.gid === before.gid;
  if (!same) {
    same = await handle.chown(before.uid, before.gid).then(
      () => true,
      () => false,
    );
  }
  // After the owner, because changing the owner clears special bits.
  if ((own.mode & 0o7777) !== (before.mode & 0o7777)) {
    await handle.chmod(before.mode & 0o7777).catch(() => {});
  }
  return same;
}

async function writeAll(handle: FileHandle, part: Uint8Array, start: number): Promise<number> {
  let at = 0;
  while (at < part.length) {
    const want = Math.min(part.length - at, READ_AT_ONCE);
    const { bytesWritten } = await handle.write(part, at, want, start + at);
    at += bytesWritten;
  }
  return start + at;
}

/** Copies the finished contents of another file into one, in place. */
async function fill(fs: Fs, file: string, from: FileHandle, size: number): Promise<void> {
  const target = await fs.open(file, 'r+');
  try {
    const part = new Uint8Array(Math.min(size, 2 ** 22));
    for (let at = 0; at < size; ) {
      const { bytesRead } = await from.read(part, 0, part.length, at);
      if (bytesRead === 0) break;
      at = await writeAll(target, part.subarray(0, bytesRead), at);
    }
    await target.truncate(size);
    await target.sync();
  } finally {
    await target.close();
  }
}

/** Overwrites a file in place if no other can be created next to it; all contents are ready before it is opened. */
async function fillFromMemory(
  fs: Fs,
  file: string,
  produce: (write: Write) => Promise<void>,
): Promise<void> {
  const parts: Uint8Array[] = [];
  await produce(async (part) => {
    parts.push(part.slice());
  });
  const target = await fs.open(file, 'r+');
  try {
    let at = 0;
    for (const part of parts) at = await writeAll(target, part, at);
    await target.truncate(at);
    await target.sync();
  } finally {
    await target.close();
  }
}

/** Flushes the new name to the disk. Some systems cannot open folders; the file is complete anyway. */
async function syncFolder(fs: Fs, folder: string): Promise<void> {
  const handle = await fs.open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

interface Names {
  /** A new name. It is short, because the target's own name may have the maximum length. */
  make(): string;
  /** Marks the file of this name as removed. */
  done(name: string): void;
  /** Whether a name belongs to a save that ended without removing its file. */
  isLeft(name: string): boolean;
}

/** Names in use by this thread, shared by all copies of this module. */
const USED = Symbol.for('@dl/io.temporary');

/**
 * Names of files that are being written: `.dl-save-<machine>-<process>-<thread>-<random>.tmp`. Machine and process show
 * later whether the file is still being written.
 */
async function temporaryNames(fs: Fs): Promise<Names> {
  const { process } = globalThis as unknown as { process: NodeJS.Process };
  const { hostname } = process.getBuiltinModule('node:os');
  const { threadId } = process.getBuiltinModule('node:worker_threads');
  const holder = globalThis as { [USED]?: Set<string> };
  holder[USED] ??= new Set();
  const used = holder[USED];
  // Processes in two containers on one machine may have the same number.
  const space = await fs.readlink('/proc/self/ns/pid').catch(() => '');
  const machine = hash(`${hostname()} ${space}`);
  const isAlive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      return codeOf(error) !== 'ESRCH';
    }
  };
  return {
    make: () => {
      const random = Math.random().toString(36).slice(2, 10);
      const name = `.dl-save-${machine}-${process.pid}-${threadId}-${random}.tmp`;
      used.add(name);
      return name;
    },
    done: (name) => {
      used.delete(name);
    },
    isLeft: (name) => {
      const found = /^\.dl-save-([0-9a-z]+)-(\d{1,10})-(\d{1,10})-[0-9a-z]*\.tmp$/.exec(name);
      if (found === null || found[1] !== machine) return false;
      if (Number(found[2]) !== process.pid) return !isAlive(Number(found[2]));
      return Number(found[3]) === threadId && !used.has(name);
    },
  };
}

/** A short hash of a text (FNV-1a). */
function hash(text: string): string {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return (h >>> 0).toString(36);
}

/** Removes temporary files of saves that were killed. */
async function clean(
  fs: Fs,
  path: typeof import('node:path'),
  folder: string,
  names: Names,
): Promise<void> {
  const found = await fs.readdir(folder).catch(() => []);
  for (const name of found) {
    if (names.isLeft(name)) await fs.rm(path.join(folder, name), { force: true }).catch(() => {});
  }
}
