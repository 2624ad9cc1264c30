// The loop: trains in short slices, between which the page's commands are heard.
import { DeviceError } from '@dl/core/functional';
import type { Pace, Report, Snapshot } from '../shared/messages.js';
import type { DeviceName, Settings } from '../shared/settings.js';
import { startDevice } from './device.js';
import { plainState } from './plain-state.js';
import { Observer } from './snapshot.js';
import { Trainer } from './trainer.js';

/** Milliseconds that a slice may take; a frame of the screen has 16. */
const SLICE = 8;

/** Lets the event loop turn once. Faster than a timer, which browsers hold back to 4 ms. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/**
 * Runs a training as the page says. All that concerns a training waits for what came before it, so
 * that no snapshot is taken of a training that is just being replaced.
 */
export class Loop {
  private readonly report: (report: Report) => void;
  private trainer: Trainer | null = null;
  private observer: Observer | null = null;
  /** The device that the training is on, or should have been on. */
  private device: DeviceName = 'cpu';
  private playing = false;
  private pace: Pace = 1;
  /** Whether the page waits for a snapshot. */
  private wanted = false;
  /** Whether a slice is in the queue. */
  private waiting = false;
  private queue: Promise<void> = Promise.resolve();

  constructor(report: (report: Report) => void) {
    this.report = report;
  }

  /** Begins anew; goes on playing if it was. */
  configure(run: number, settings: Settings): Promise<void> {
    return this.inTurn(async () => {
      this.trainer = null;
      this.observer = null;
      this.device = settings.device;
      await startDevice(settings.device);
      const trainer = new Trainer(settings);
      this.observer = new Observer(trainer, run);
      this.trainer = trainer;
      const { train, test } = trainer.data;
      const plain = ({ x, y }: typeof train) => ({
        places: Float32Array.from(x.contiguous().data() as Float32Array),
        kinds: Uint8Array.from(y.contiguous().data() as Int32Array),
      });
      this.report({ type: 'configured', run, train: plain(train), test: plain(test) });
      await this.show();
    });
  }

  play(): void {
    this.setPlaying(true);
    this.kick();
  }

  pause(): void {
    this.setPlaying(false);
    // What is shown is what it stopped at.
    void this.inTurn(async () => void (await this.show()));
  }

  /** One step, and a look at it. */
  step(): Promise<void> {
    this.setPlaying(false);
    return this.inTurn(async () => {
      if (this.advance(1)) await this.show();
    });
  }

  /** Hands the page the model's parameters as they are. */
  save(): Promise<void> {
    return this.inTurn(async () => {
      const { trainer } = this;
      if (trainer === null) throw new Error('There is no model to save yet.');
      const state = await plainState(trainer.model);
      const name = `${trainer.settings.data}-step-${trainer.step}.pth`;
      this.report({ type: 'state', name, state });
    });
  }

  setPace(pace: Pace): void {
    this.pace = pace;
    this.kick();
  }

  /** The page is ready for the next snapshot. */
  want(): void {
    this.wanted = true;
    this.kick();
  }

  /** Puts the next slice behind what the page has asked for, if there is a reason for one. */
  private kick(): void {
    // With a pace the steps follow the screen; else they fill the time between its frames.
    if (!this.playing || this.waiting || !(this.wanted || this.pace === 'most')) return;
    this.waiting = true;
    void this.inTurn(async () => {
      try {
        await this.slice();
      } finally {
        this.waiting = false;
      }
      this.kick();
    });
  }

  /** Does something when everything before it is done; what goes wrong is told to the page. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(work).catch((error: unknown) => this.fail(error));
    return this.queue;
  }

  private fail(error: unknown): void {
    this.setPlaying(false);
    const text = error instanceof Error ? error.message : String(error);
    if (this.device === 'webgpu' && error instanceof DeviceError) {
      // Nothing on the device can be used any more, nor this training.
      this.trainer = null;
      this.observer = null;
      this.report({ type: 'deviceFailed', text });
    } else this.report({ type: 'problem', where: 'training', text });
  }

  private setPlaying(playing: boolean): void {
    if (this.playing === playing) return;
    this.playing = playing;
    this.report({ type: 'playing', playing });
  }

  private async slice(): Promise<void> {
    if (!this.playing || !this.advance(this.pace)) return;
    if (this.wanted) {
      this.wanted = false;
      const snapshot = await this.show();
      if (snapshot !== null && !Number.isFinite(snapshot.trainLoss)) {
        throw new Error(
          `After ${snapshot.step} steps the loss is NaN or infinite: the steps were too large. Choose a smaller learning rate; the training then restarts.`,
        );
      }
    }
    await breathe();
  }

  /** Takes steps until the time of a slice is over; false if there is nothing to learn from. */
  private advance(pace: Pace): boolean {
    const { trainer } = this;
    if (trainer === null) return false;
    if (!trainer.canAdvance) {
      this.fail(new Error('There are no training points yet: draw some points.'));
      return false;
    }
    const end = performance.now() + SLICE;
    let steps = 0;
    do {
      trainer.advance();
      steps++;
    } while (steps !== pace && performance.now() < end);
    return true;
  }

  private async show(): Promise<Snapshot | null> {
    const snapshot = (await this.observer?.look()) ?? null;
    if (snapshot !== null) this.report({ type: 'snapshot', snapshot });
    return snapshot;
  }
}
