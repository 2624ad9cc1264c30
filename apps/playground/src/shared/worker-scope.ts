// What is needed of a worker's global scope: the app is compiled with a page's types.

/** The line to the page. */
export interface WorkerScope<Heard, Said> {
  postMessage(message: Said, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<Heard>) => void) | null;
}
