// The page's lines to its workers.
import type { FilesCommand, Report, TrainingCommand } from '../shared/messages.js';

type Heard = (report: Report) => void;

/** Sends commands and hands on reports. The worker starts at the first command. */
class WorkerLink<Command> {
  private readonly start: () => Worker;
  private readonly what: string;
  private readonly where: 'training' | 'digits';
  private readonly heard: Heard;
  private worker: Worker | null = null;

  constructor(start: () => Worker, what: string, where: 'training' | 'digits', heard: Heard) {
    this.start = start;
    this.what = what;
    this.where = where;
    this.heard = heard;
  }

  send(command: Command): void {
    this.worker ??= this.listen(this.start());
    this.worker.postMessage(command);
  }

  private listen(worker: Worker): Worker {
    worker.onmessage = ({ data }: MessageEvent<Report>) => this.heard(data);
    const failed = (event: Event): void => {
      const why = event instanceof ErrorEvent && event.message !== '' ? `: ${event.message}` : '';
      const text = `The worker for ${this.what} failed${why}. Reload the page.`;
      this.heard({ type: 'problem', where: this.where, text });
    };
    worker.onerror = failed;
    worker.onmessageerror = failed;
    return worker;
  }
}

/** The line to the worker that trains. */
export const trainingLink = (heard: Heard): WorkerLink<TrainingCommand> =>
  new WorkerLink(
    () =>
      new Worker(new URL('../worker/main.ts', import.meta.url), {
        type: 'module',
        name: 'training',
      }),
    'the training',
    'training',
    heard,
  );

/** The line to the worker that reads and writes files, and reads digits. */
export const filesLink = (heard: Heard): WorkerLink<FilesCommand> =>
  new WorkerLink(
    () =>
      new Worker(new URL('../files/main.ts', import.meta.url), { type: 'module', name: 'files' }),
    'files and digits',
    'digits',
    heard,
  );
