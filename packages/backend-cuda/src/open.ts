// Opens the driver, the compiler and cuBLAS; the error for a missing one is one sentence with its fix.
import { DeviceError } from '@dl/core/functional';
import { isNative } from './failure.js';
import { candidates, variable, wanted } from './libraries.js';
import { type Addon, type CompilerInfo, type DriverInfo, load } from './native.js';

/** The oldest supported driver, as its version number: CUDA 12.0. */
const OLDEST = 12000;

/** The opened libraries. */
export interface Opened {
  readonly addon: Addon;
  readonly driver: DriverInfo;
  readonly nvrtc: CompilerInfo;
  /** Null if cuBLAS is not available: matrix products then use our own kernels. */
  readonly cublas: { readonly version: string; readonly path: string } | null;
}

/** 12040 as '12.4'. */
export const versionText = (version: number): string =>
  `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;

const unable = (why: string, fix: string): DeviceError => new DeviceError(`cuda: ${why}; ${fix}`);

let driver: { addon: Addon; info: DriverInfo } | undefined;
let opened: Opened | undefined;

/** Opens the addon and the driver; throws a DeviceError that names what is missing. */
export function openDriver(): { addon: Addon; info: DriverInfo } {
  if (driver !== undefined) return driver;
  const { addon, reason } = load();
  if (addon === null) throw new DeviceError(`cuda: ${reason}`);
  const update = "update NVIDIA's driver (525 or later; `nvidia-smi` shows the installed one)";
  try {
    const info = addon.openDriver(candidates('driver', null));
    if (info.version < OLDEST) {
      throw unable(
        `the driver supports CUDA ${versionText(info.version)}, but at least 12.0 is required`,
        update,
      );
    }
    if (info.count === 0) throw unable('the driver finds no device', noDevice);
    driver = { addon, info };
    return driver;
  } catch (e) {
    if (!isNative(e)) throw e;
    if (e.kind === 'missing') {
      const own = process.env[variable.driver];
      const file = own ? `${wanted.driver} as '${own}' (${variable.driver})` : wanted.driver;
      throw unable(
        `${file} cannot be opened (${firstLine(e.message)})`,
        "install NVIDIA's driver (525 or later), or in a container pass the GPU through (`--gpus all`); without a GPU use 'cpu' or 'webgpu'",
      );
    }
    if (e.reason === 'CUDA_ERROR_NO_DEVICE') throw unable('the driver finds no device', noDevice);
    if (e.kind === 'library') throw unable(e.message, update);
    const version = addon.driverVersion();
    const old = version > 0 && version < OLDEST;
    throw unable(
      `the driver does not start: ${e.message}`,
      old ? update : '`nvidia-smi` shows whether it works; a restart helps after an update of it',
    );
  }
}

const noDevice =
  'see `nvidia-smi`, and check whether CUDA_VISIBLE_DEVICES hides it; in a container pass the GPU through (`--gpus all`)';

const firstLine = (text: string): string => text.split('\n')[0] ?? text;

/** Opens everything that device `cuda` needs; throws a DeviceError that names what is missing. */
export function open(): Opened {
  if (opened !== undefined) return opened;
  const { addon, info } = openDriver();
  let nvrtc: CompilerInfo;
  try {
    nvrtc = addon.openNvrtc(candidates('nvrtc', info.version));
  } catch (e) {
    if (!isNative(e)) throw e;
    throw unable(
      `NVRTC, which compiles the kernels, is not available: ${wanted.nvrtc}${e.kind === 'missing' ? '' : ` (${e.message})`}`,
      `install the CUDA toolkit that fits the driver (CUDA ${versionText(info.version)}), or \`pip install nvidia-cuda-nvrtc${info.version < 13000 ? '-cu12' : ''}\`, or name the file with ${variable.nvrtc}`,
    );
  }
  let cublas: Opened['cublas'] = null;
  try {
    cublas = addon.openBlas(candidates('cublas', info.version));
  } catch (e) {
    if (!isNative(e)) throw e;
  }
  opened = { addon, driver: info, nvrtc, cublas };
  return opened;
}
