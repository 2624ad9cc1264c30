// Chromium for the tests: where it is, and what is said when it is not there.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** WebGPU on a software adapter, so that a machine without a GPU tests it as well. */
const args = [
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

/** The path of the system's Chromium; `DL_CHROMIUM` names another one. Null if there is none. */
export function findChromium(): string | null {
  const own = process.env.DL_CHROMIUM;
  if (own !== undefined && own !== '') return existsSync(own) ? own : null;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  const paths = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return paths.find((path) => existsSync(path)) ?? null;
}

/** Whether a missing Chromium is a failure. */
export const mustHaveChromium = (): boolean =>
  (process.env.CI ?? '') !== '' || process.env.DL_REQUIRE_CHROMIUM === '1';

/** Starts Chromium; `without` leaves out WebGPU. */
export async function startChromium(
  executablePath: string,
  without: 'webgpu' | null = null,
): Promise<Browser> {
  const plain = args.filter((arg) => !/webgpu|vulkan/i.test(arg));
  return chromium.launch({
    executablePath,
    args: without === null ? args : [...plain, '--disable-features=WebGPU', '--disable-gpu'],
  });
}
