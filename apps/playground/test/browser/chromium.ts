// Chromium for the tests: whether it must be there, and how it is started.
import { chromiumArguments } from 'dl-testing/webgpu';
import { type Browser, chromium } from 'playwright-core';

/** Whether a missing Chromium is a failure: in CI on Linux, which is where one is looked for. */
export const mustHaveChromium = (): boolean =>
  (process.platform === 'linux' && (process.env.CI ?? '') !== '') ||
  process.env.DL_REQUIRE_CHROMIUM === '1';

/** Starts Chromium with WebGPU on the software adapter, or without any. */
export async function startChromium(
  executablePath: string,
  without: 'webgpu' | null = null,
): Promise<Browser> {
  const plain = chromiumArguments.filter((arg) => !/webgpu|vulkan/i.test(arg));
  const poor = [...plain, '--disable-features=WebGPU', '--disable-gpu'];
  return chromium.launch({
    executablePath,
    args: without === null ? [...chromiumArguments] : poor,
  });
}
