// The figures in the bar, and what is said of them.
import type { Snapshot } from '../shared/messages.js';
import { byId, percent, shortNumber } from './dom.js';

/** Shows steps, losses and speed. */
export class Figures {
  private readonly step = byId('figure-step', HTMLElement);
  private readonly epoch = byId('figure-epoch', HTMLElement);
  private readonly train = byId('figure-train', HTMLElement);
  private readonly test = byId('figure-test', HTMLElement);
  private readonly right = byId('figure-right', HTMLElement);
  private readonly speed = byId('figure-speed', HTMLElement);
  private since = 0;
  private firstStep = 0;
  private frames = 0;

  show(snapshot: Snapshot): void {
    const { step, epoch, trainLoss, testLoss, testAccuracy } = snapshot;
    this.step.textContent = step.toLocaleString('en');
    this.epoch.textContent = epoch.toLocaleString('en');
    this.train.textContent = Number.isNaN(trainLoss) ? '–' : shortNumber(trainLoss);
    this.test.textContent = testLoss === null ? '–' : shortNumber(testLoss);
    this.right.textContent = testAccuracy === null ? '–' : percent(testAccuracy);
  }

  /** Counts a frame of a training that is going on. */
  count(snapshot: Snapshot, now: number): void {
    if (this.since === 0) {
      [this.since, this.firstStep, this.frames] = [now, snapshot.step, 0];
      return;
    }
    this.frames++;
    const seconds = (now - this.since) / 1000;
    if (seconds < 1) return;
    const steps = Math.max(0, Math.round((snapshot.step - this.firstStep) / seconds));
    const frames = Math.round(this.frames / seconds);
    this.speed.textContent = `${steps.toLocaleString('en')} steps/s, ${frames} fps`;
    [this.since, this.firstStep, this.frames] = [now, snapshot.step, 0];
  }

  /** The training stands still. */
  stop(): void {
    this.since = 0;
    this.speed.textContent = '–';
  }
}

/** Where a training is, as a sentence. */
export function sentenceOf({ step, trainLoss, testLoss }: Snapshot): string {
  const steps = step === 1 ? '1 step' : `${step.toLocaleString('en')} steps`;
  if (Number.isNaN(trainLoss) && step === 0) return 'No training points yet.';
  const test = testLoss === null ? '' : `, test loss ${shortNumber(testLoss)}`;
  return `After ${steps}: train loss ${shortNumber(trainLoss)}${test}.`;
}
