// The input of a prompt, line by line or pasted: lines that come together are run together.
import { Transform, type TransformCallback } from 'node:stream';

/** How long a terminal may take to send the rest of what was pasted, in milliseconds. */
const PAUSE = 8;

/**
 * Passes input on in whole pieces: what comes within a few milliseconds is one, and none comes while the one before is
 * run. It counts the lines that are still to come of a piece.
 */
export class Pasted extends Transform {
  #waiting: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;
  #busy: Promise<void> = Promise.resolve();
  #lines = 0;

  /** Whether lines of this piece are still to come. */
  get goesOn(): boolean {
    return this.#lines > 0;
  }

  /** The prompt has read a line. */
  lineRead(): void {
    this.#lines = Math.max(0, this.#lines - 1);
  }

  /** What has to end before the next piece is passed on. */
  holdUntil(done: Promise<void>): void {
    this.#busy = done;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    // Ctrl-C is for what runs now.
    if (chunk.length === 1 && chunk[0] === 3) this.push(chunk);
    else {
      this.#waiting.push(chunk);
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#pass(), PAUSE);
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    clearTimeout(this.#timer);
    void this.#pass()
      // The prompt reads the lines, and runs them, before it hears of the end.
      .then(() => new Promise((next) => setImmediate(next)))
      .then(() => this.#busy)
      .then(() => done());
  }

  async #pass(): Promise<void> {
    await this.#busy;
    if (this.#waiting.length === 0) return;
    const piece = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#lines = piece.toString().split(/\r\n|\r|\n/).length - 1;
    this.push(piece);
  }
}
