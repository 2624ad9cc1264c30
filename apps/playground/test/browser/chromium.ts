// How Chromium is started for the tests.
import { chromiumArguments } from 'dl-testing/webgpu';
import { type Browser, chromium } from 'playwright-core';

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
