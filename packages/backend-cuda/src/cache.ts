// Files that outlive the process: compiled kernels, and which binaries were tested.
import { createHash, randomBytes } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const MAGIC = Buffer.from('DLCUDA01');
const HASH = 32;
/** Size above which the least recently used files are removed. */
const LARGEST = 256 * 2 ** 20;

/** The cache's folder: `DL_CUDA_CACHE`, or the system's cache folder; `DL_CUDA_CACHE=0` disables it. */
export function cacheFolder(): string | null {
  const own = process.env.DL_CUDA_CACHE;
  if (own === '0') return null;
  if (own) return own;
  if (process.platform === 'win32') {
    return join(process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'dl', 'cuda');
  }
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dl', 'cuda');
}

const digest = (...parts: (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha256');
  for (const p of parts) hash.update(p).update('\0');
  return hash.digest();
};

/**
 * Writes a file atomically, so that other processes see all of it or nothing. A cache that cannot be written (a full
 * disk, a read-only home) is not an error: the next process compiles again.
 */
function put(folder: string, name: string, content: Buffer): void {
  const temporary = join(folder, `.${name}.${process.pid}.${randomBytes(4).toString('hex')}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(temporary, content);
    renameSync(temporary, join(folder, name));
  } catch {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // The folder's own path is not a cache file.
    }
  }
}

/** The compiled code stored for this key, or null. A damaged file is removed. */
export function readCompiled(key: string): Uint8Array | null {
  const folder = cacheFolder();
  if (folder === null) return null;
  const path = join(folder, `${digest(key).toString('hex')}.cubin`);
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch {
    return null;
  }
  const start = MAGIC.length + HASH;
  const code = content.subarray(start);
  const whole =
    content.length > start &&
    content.subarray(0, MAGIC.length).equals(MAGIC) &&
    content.subarray(MAGIC.length, start).equals(digest(key, code));
  try {
    if (!whole) unlinkSync(path);
    else utimesSync(path, new Date(), new Date());
  } catch {
    // Another process removed it first.
  }
  return whole ? new Uint8Array(code) : null;
}

let written = 0;

/** Stores the code compiled for this key for later processes. */
export function writeCompiled(key: string, code: Uint8Array): void {
  const folder = cacheFolder();
  if (folder === null) return;
  put(
    folder,
    `${digest(key).toString('hex')}.cubin`,
    Buffer.concat([MAGIC, digest(key, code), code]),
  );
  if (written++ % 64 === 0) prune(folder, LARGEST);
}

/** Removes the least recently used files until the rest is at most `largest` bytes. */
export function prune(folder: string, largest: number): void {
  try {
    const files = readdirSync(folder)
      .filter((name) => name.endsWith('.cubin'))
      .map((name) => ({ path: join(folder, name), ...stat(join(folder, name)) }))
      .sort((a, b) => b.used - a.used);
    let sum = 0;
    for (const { path, size } of files) {
      sum += size;
      if (sum > largest) rmSync(path, { force: true });
    }
  } catch {
    // The folder does not exist: nothing to prune.
  }
}

function stat(path: string): { size: number; used: number } {
  try {
    const { size, mtimeMs } = statSync(path);
    return { size, used: mtimeMs };
  } catch {
    return { size: 0, used: 0 };
  }
}

const markName = (key: string): string => `tried-${digest(key).toString('hex').slice(0, 32)}`;

const identity = (path: string): string => {
  const { size, mtimeMs } = statSync(path);
  return `${size} ${mtimeMs}`;
};

/** Whether exactly this file was stored under this key. */
export function marked(key: string, path: string): boolean {
  const folder = cacheFolder();
  if (folder === null) return false;
  try {
    return readFileSync(join(folder, markName(key)), 'utf8') === identity(path);
  } catch {
    return false;
  }
}

/** Stores a mark for this file under this key. */
export function mark(key: string, path: string): void {
  const folder = cacheFolder();
  if (folder !== null) put(folder, markName(key), Buffer.from(identity(path)));
}
