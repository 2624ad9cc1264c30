// The software adapter that comes with Chromium, for WebGPU in Node and in the browser itself.
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { constants as system } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** Where Debian, Ubuntu's snap-less packages and Chrome itself put the browser's folder. */
const folders = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
const names = ['chromium', 'chromium-browser', 'google-chrome'];

const { RTLD_NOW } = system.dlopen;
// Linux's, which Node does not name.
const RTLD_NODELETE = 0x1000;

const runs = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The browser's program, or null. `DL_CHROMIUM` names it outright. */
export function findChromium(): string | null {
  const told = process.env.DL_CHROMIUM;
  if (told !== undefined) return runs(told) ? told : null;
  const path = (process.env.PATH ?? '').split(delimiter);
  const all = path.flatMap((folder) => names.map((name) => join(folder, name)));
  return all.find(runs) ?? null;
}

/**
 * The browser's program for tests; null, with a warning, where these are left out. A missing Chromium is a failure in CI on
 * Linux, which is where one is looked for, and with `DL_REQUIRE_CHROMIUM=1`.
 */
export function chromiumForTests(tests: string): string | null {
  const found = findChromium();
  if (found !== null) return found;
  const { CI = '', DL_REQUIRE_CHROMIUM } = process.env;
  if (DL_REQUIRE_CHROMIUM === '1' || (CI !== '' && process.platform === 'linux')) {
    throw new Error('No Chromium was found: install it, or name one in DL_CHROMIUM.');
  }
  console.warn(
    `No Chromium here: ${tests} are not run; install chromium, or DL_REQUIRE_CHROMIUM=1 makes that a failure.`,
  );
  return null;
}

/** What makes Chromium offer WebGPU on the software adapter, and keep to itself. */
export const chromiumArguments: readonly string[] = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
];

/**
 * Makes the software adapter known to this process, before WebGPU is used for the first time, and tells
 * whether it is there. Where `VK_ICD_FILENAMES` is set already, that stays.
 */
export function provideAdapter(): boolean {
  const browser = findChromium();
  const places = browser === null ? folders : [dirname(realpathSync(browser)), ...folders];
  const folder = places.find((f) => existsSync(join(f, 'vk_swiftshader_icd.json')));
  if (folder === undefined) return process.env.VK_ICD_FILENAMES !== undefined;
  process.env.VK_ICD_FILENAMES ??= join(folder, 'vk_swiftshader_icd.json');
  try {
    // No addon, so this throws; but the loader's library stays in the process, where Dawn finds it.
    process.dlopen({ exports: {} }, join(folder, 'libvulkan.so.1'), RTLD_NOW | RTLD_NODELETE);
  } catch {}
  return true;
}
