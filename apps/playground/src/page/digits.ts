// The panel that reads a drawn digit, with the model of the page or one that was opened.
import { digitPicture } from '../shared/digit-picture.js';
import { DIGIT_SIDE, type FilesCommand, type Report } from '../shared/messages.js';
import { DigitPad, PAD_SIDE } from './digit-pad.js';
import { byId, make, percent } from './dom.js';
import type { Theme } from './theme.js';

const ownModel =
  'Model: 784–64–10, trained by the digits app; it read 97.4 % of 10,000 test digits.';

/** The panel. */
export class Digits {
  private readonly pad: DigitPad;
  private readonly send: (command: FilesCommand) => void;
  private readonly result = byId('digit-result', HTMLParagraphElement);
  private readonly problem = byId('digit-problem', HTMLParagraphElement);
  private readonly model = byId('digit-model', HTMLParagraphElement);
  private readonly seen = byId('digit-seen', HTMLCanvasElement);
  private readonly bars: { fill: HTMLElement; share: HTMLElement }[];
  /** The last picture that was asked about; answers to older ones are too late. */
  private asked = 0;
  private planned = 0;

  constructor(theme: Theme, send: (command: FilesCommand) => void) {
    this.send = send;
    this.pad = new DigitPad(byId('digit', HTMLCanvasElement), theme, () => this.plan());
    this.bars = Array.from({ length: 10 }, (_, digit) => this.bar(digit));
    this.model.textContent = ownModel;
    this.blank();
    byId('digit-clear', HTMLButtonElement).onclick = () => this.pad.clear();
    const file = byId('digit-file', HTMLInputElement);
    file.onchange = () => {
      const [chosen] = file.files ?? [];
      if (chosen !== undefined) this.open(chosen);
      // The same file can be chosen again.
      file.value = '';
    };
    this.acceptDrops();
  }

  draw(theme: Theme): void {
    this.pad.draw(theme);
  }

  /** Takes in what the worker says about digits. */
  hear(report: Report): void {
    if (report.type === 'digitRead' && report.id === this.asked) this.showAnswer(report);
    else if (report.type === 'digitsOpened') {
      this.problem.hidden = true;
      this.model.textContent = `Model: ${report.name}, ${report.about}, opened by you.`;
      this.plan();
    } else if (report.type === 'problem') {
      this.problem.textContent = report.text;
      this.problem.hidden = false;
    }
  }

  private open(file: File): void {
    this.problem.hidden = true;
    this.model.textContent = `Opening ${file.name} …`;
    this.send({ type: 'openDigits', name: file.name, file });
  }

  private acceptDrops(): void {
    const dropping = (is: boolean) => (event: DragEvent) => {
      if (is && !event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      document.body.classList.toggle('dropping', is);
    };
    document.addEventListener('dragover', dropping(true));
    document.addEventListener('dragleave', (event) => {
      if (event.relatedTarget === null) dropping(false)(event);
    });
    document.addEventListener('drop', (event) => {
      dropping(false)(event);
      const [file] = event.dataTransfer?.files ?? [];
      if (file === undefined) return;
      this.open(file);
      byId('digits', HTMLElement).scrollIntoView({ block: 'nearest' });
    });
  }

  private bar(digit: number): { fill: HTMLElement; share: HTMLElement } {
    const fill = make('div', { className: 'fill' });
    const share = make('span', { className: 'share' });
    const track = make('div', { className: 'track' }, fill);
    byId('digit-bars', HTMLUListElement).append(make('li', {}, String(digit), track, share));
    return { fill, share };
  }

  /** Asks once a frame at most, however many strokes there are. */
  private plan(): void {
    if (this.planned !== 0) return;
    this.planned = requestAnimationFrame(() => {
      this.planned = 0;
      this.ask();
    });
  }

  private ask(): void {
    const pixels = digitPicture(this.pad.ink(), PAD_SIDE);
    this.asked++;
    if (pixels === null) {
      this.blank();
      return;
    }
    this.showSeen(pixels);
    this.send({ type: 'readDigit', id: this.asked, pixels });
  }

  private blank(): void {
    this.result.textContent = 'Nothing drawn yet.';
    this.showSeen(new Uint8Array(DIGIT_SIDE * DIGIT_SIDE));
    for (const { fill, share } of this.bars) {
      fill.style.width = '0';
      share.textContent = '–';
    }
  }

  private showSeen(pixels: Uint8Array): void {
    const context = this.seen.getContext('2d') as CanvasRenderingContext2D;
    const image = context.createImageData(DIGIT_SIDE, DIGIT_SIDE);
    pixels.forEach((value, i) => {
      image.data.set([value, value, value, 255], 4 * i);
    });
    context.putImageData(image, 0, 0);
  }

  private showAnswer({ probabilities }: Extract<Report, { type: 'digitRead' }>): void {
    const best = probabilities.indexOf(Math.max(...probabilities));
    const text = `This is a ${best}.`;
    // Said once, not again at every stroke.
    const full = probabilities[best] < 0.6 ? `This may be a ${best}.` : text;
    if (this.result.textContent !== full) this.result.textContent = full;
    this.bars.forEach(({ fill, share }, digit) => {
      fill.style.width = percent(probabilities[digit]).replace(' ', '');
      share.textContent = percent(probabilities[digit]);
    });
  }
}
