// Where the driver, NVRTC and cuBLAS may be, in the order in which they are tried.
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';

/** The libraries that are opened at run time. */
export type LibraryName = 'driver' | 'nvrtc' | 'cublas';

const windows = process.platform === 'win32';

/** Major versions of CUDA whose libraries are supported, the newest first. */
export const MAJORS = [13, 12] as const;

/** Names for messages. */
export const wanted: { readonly [N in LibraryName]: string } = windows
  ? {
      driver: 'nvcuda.dll',
      nvrtc: 'nvrtc64_130_0.dll or nvrtc64_120_0.dll',
      cublas: 'cublas64_13.dll or cublas64_12.dll',
    }
  : {
      driver: 'libcuda.so.1',
      nvrtc: 'libnvrtc.so.13 or libnvrtc.so.12',
      cublas: 'libcublas.so.13 or libcublas.so.12',
    };

/** The variable that names one library's file. */
export const variable: { readonly [N in LibraryName]: string } = {
  driver: 'DL_CUDA_DRIVER',
  nvrtc: 'DL_CUDA_NVRTC',
  cublas: 'DL_CUDA_CUBLAS',
};

function fileNames(name: LibraryName, major: number): string[] {
  if (name === 'driver') return windows ? ['nvcuda.dll'] : ['libcuda.so.1'];
  if (name === 'nvrtc') {
    return windows ? [`nvrtc64_${major}0_0.dll`] : [`libnvrtc.so.${major}`];
  }
  return windows ? [`cublas64_${major}.dll`] : [`libcublas.so.${major}`];
}

const list = (folder: string): string[] => {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
};

const listed = (text: string | undefined): string[] =>
  (text ?? '').split(delimiter).filter(Boolean);

/** Folders of Python packages: of the active environment, the user, and the system. */
function sitePackages(): string[] {
  const { VIRTUAL_ENV, CONDA_PREFIX, PYTHONPATH, PATH, APPDATA } = process.env;
  const pythons = listed(PATH).filter((folder) => /[\\/](bin|Scripts|condabin)$/.test(folder));
  const prefixes = [
    VIRTUAL_ENV,
    CONDA_PREFIX,
    ...pythons.map(dirname),
    join(homedir(), '.local'),
    '/usr/local',
    '/usr',
  ].filter((p): p is string => !!p);
  const below = prefixes.flatMap((prefix) =>
    windows
      ? [join(prefix, 'Lib', 'site-packages')]
      : list(join(prefix, 'lib'))
          .filter((folder) => /^python3/.test(basename(folder)))
          .flatMap((folder) => [join(folder, 'site-packages'), join(folder, 'dist-packages')]),
  );
  const user =
    windows && APPDATA ? list(join(APPDATA, 'Python')).map((p) => join(p, 'site-packages')) : [];
  return [...new Set([...listed(PYTHONPATH), ...below, ...user])];
}

/** NVIDIA's Python packages keep their libraries in `nvidia/<name>/lib`; on Windows in `bin`. */
function pythonFolders(): string[] {
  return sitePackages()
    .flatMap((site) => list(join(site, 'nvidia')))
    .flatMap((folder) =>
      windows
        ? [join(folder, 'bin', 'x86_64'), join(folder, 'bin')]
        : [join(folder, 'lib'), join(folder, 'lib64')],
    );
}

function toolkitFolders(): string[] {
  const { CUDA_PATH, CUDA_HOME } = process.env;
  const roots = [CUDA_PATH, CUDA_HOME].filter((p): p is string => !!p);
  if (windows) {
    const installed = 'C:\\Program Files\\NVIDIA GPU Computing Toolkit\\CUDA';
    return [...roots, ...list(installed).sort().reverse()].flatMap((r) => [
      join(r, 'bin', 'x64'),
      join(r, 'bin'),
    ]);
  }
  const versions = list('/usr/local').filter((p) => /^cuda-\d/.test(basename(p)));
  return [...roots, '/usr/local/cuda', '/opt/cuda', ...versions.sort().reverse()].flatMap((r) => [
    join(r, 'lib64'),
    join(r, 'lib'),
    join(r, 'targets', 'x86_64-linux', 'lib'),
    join(r, 'targets', 'sbsa-linux', 'lib'),
  ]);
}

const systemFolders = windows
  ? []
  : ['/usr/lib/wsl/lib', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64'];

/**
 * Files and names to try for a library. If a variable names the file, only that is tried. Otherwise the folders of
 * `DL_CUDA_LIBRARY_PATH` come first, then the system's own search, then the known folders.
 *
 * @param driver the driver's version, such as 12040 for CUDA 12.4: newer libraries do not fit.
 */
export function candidates(name: LibraryName, driver: number | null): string[] {
  const own = process.env[variable[name]];
  if (own) return [own];
  const majors = MAJORS.filter((m) => driver === null || m <= Math.floor(driver / 1000));
  const names = name === 'driver' ? fileNames(name, 0) : majors.flatMap((m) => fileNames(name, m));
  const first = listed(process.env.DL_CUDA_LIBRARY_PATH);
  const rest =
    name === 'driver' ? systemFolders : [...toolkitFolders(), ...pythonFolders(), ...systemFolders];
  const inFolders = (folders: readonly string[]): string[] =>
    names.flatMap((file) =>
      folders.map((folder) => join(folder, file)).filter((p) => existsSync(p)),
    );
  return [...new Set([...inFolders(first), ...names, ...inFolders(rest)])];
}
