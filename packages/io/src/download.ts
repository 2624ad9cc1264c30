// Downloading a file in a browser.
import { DLError, kinds, need, takes } from '@dl/core/functional';
import type { GivenBehind } from './arguments.js';
import { bytesOf } from './save.js';
import type { Saveable } from './saveable.js';

/** The parts of a page that are used: the package is compiled without a browser's types. */
interface DocumentLike {
  createElement(tag: 'a'): { href: string; download: string; click(): void };
}

const downloadTakes = /*#__PURE__*/ (() =>
  takes<[value: Saveable | object, name: string]>()(
    'download',
    [need('value', kinds.anything), need('name', kinds.string)],
    {},
  ))();

/**
 * Downloads the file that `save` would write, in a browser.
 *
 * @param name the name of the downloaded file.
 * @throws DLError outside a browser; ValueError for a value that cannot be saved.
 * @example button.onclick = () => download(model.stateDict(), 'model.pth');
 */
export async function download(...given: GivenBehind<typeof downloadTakes>): Promise<void> {
  const [value, name] = downloadTakes.take(given);
  const { document } = globalThis as { document?: DocumentLike };
  if (document === undefined) {
    throw new DLError('download: this is not a browser; use save(value, path)');
  }
  const blob = new Blob([await bytesOf(value, 'download')], { type: 'application/octet-stream' });
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // By then the download has started and no longer needs the URL.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
