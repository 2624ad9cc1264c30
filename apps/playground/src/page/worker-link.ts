// The page's line to the training worker.
import type { Command, Report } from '../shared/messages.js';

/** Sends commands and hands on reports. */
export class WorkerLink {
  private readonly worker: Worker;

  constructor(heard: (report: Report) => void) {
    this.worker = new Worker(new URL('../worker/main.ts', import.meta.url), {
      type: 'module',
      name: 'training',
    });
    this.worker.onmessage = ({ data }: MessageEvent<Report>) => heard(data);
    const failed = (event: Event): void => {
      const why = event instanceof ErrorEvent && event.message !== '' ? `: ${event.message}` : '';
      const text = `The training worker could not go on${why}. Load the page again.`;
      heard({ type: 'problem', where: 'training', text });
    };
    this.worker.onerror = failed;
    this.worker.onmessageerror = failed;
  }

  send(command: Command): void {
    this.worker.postMessage(command);
  }
}
