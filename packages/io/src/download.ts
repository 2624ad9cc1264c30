// Handing a file to the user of a browser.
import { DLError, kinds, need, takes } from '@dl/core/functional';
import type { GivenBehind } from './arguments.js';
import { bytesOf } from './save.js';
import type { Saveable } from './saveable.js';

/** What is needed of a page: the package is compiled without a browser's types. */
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
 * Has the browser download what `save` would write.
 *
 * @param name the file's name, as the user sees it.
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
  // The download has begun by then, and no longer needs the address.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
