// The page: keeps the settings, tells the worker, and shows what it answers.
import { catalog } from '../shared/catalog.js';
import { History } from '../shared/history.js';
import type { Pace, PlainPoints, Report, Snapshot } from '../shared/messages.js';
import { bounds, classesOf, defaults, parametersOf, type Settings } from '../shared/settings.js';
import { BoundaryView } from './boundary-view.js';
import { onResize } from './canvas.js';
import { CodeView } from './code-view.js';
import { Controls } from './controls.js';
import { Digits } from './digits.js';
import { byId, fillSelect, make, shortNumber } from './dom.js';
import { Figures, sentenceOf } from './figures.js';
import { LayerList } from './layers.js';
import { drawLoss } from './loss-view.js';
import { type Edges, NetworkView } from './network-view.js';
import { fillNumbers } from './numbers.js';
import { PointEditor } from './point-editor.js';
import { onThemeChange, readTheme, wantsLessMotion } from './theme.js';
import { filesLink, trainingLink } from './worker-link.js';

/** With less motion wanted the pictures change this many times a second; else with the screen. */
const CALM_RATE = 4;
const SCREEN_RATE = 60;

/** The page's state and its parts. */
export class App {
  private settings: Settings = defaults;
  private run = 0;
  private playing = false;
  private train: PlainPoints | null = null;
  private test: PlainPoints | null = null;
  private snapshot: Snapshot | null = null;
  /** Whether the snapshot is not on the screen yet. */
  private fresh = false;
  private configuring = false;
  private frame = 0;
  private lastFrame = 0;
  private edges: Edges = 'weights';
  private theme = readTheme();
  private readonly history = new History();
  private readonly canvas = {
    boundary: byId('boundary', HTMLCanvasElement),
    loss: byId('loss', HTMLCanvasElement),
    network: byId('network', HTMLCanvasElement),
  };
  private readonly play = byId('play', HTMLButtonElement);
  private readonly seed = byId('seed', HTMLInputElement);
  private readonly status = byId('status', HTMLParagraphElement);
  private readonly problem = byId('problem', HTMLParagraphElement);
  private readonly numbers = byId('numbers', HTMLDetailsElement);
  private readonly figures = new Figures();
  private readonly boundaryView = new BoundaryView(this.canvas.boundary);
  private readonly networkView = new NetworkView(this.canvas.network);
  private readonly link = trainingLink((report) => this.hear(report));
  private readonly files = filesLink((report) => this.hear(report));
  private readonly controls = new Controls((changes) => this.change(changes));
  private readonly layers = new LayerList((hidden) => this.change({ hidden }));
  private readonly code = new CodeView(
    (text) => this.say(text),
    (text) => this.complain(text),
  );
  private readonly digits = new Digits(this.theme, (command) => this.files.send(command));
  private readonly points = new PointEditor(
    this.canvas.boundary,
    (drawn) => this.change({ drawn }),
    () => this.redraw(),
  );

  /** Takes over the page and begins. */
  start(): void {
    this.wireTransport();
    this.wireViews();
    this.show();
    this.configure();
  }

  private wireTransport(): void {
    this.play.onclick = () => {
      this.problem.hidden = true;
      this.link.send({ type: this.playing ? 'pause' : 'play' });
    };
    byId('step', HTMLButtonElement).onclick = () => {
      this.problem.hidden = true;
      this.link.send({ type: 'step' });
    };
    byId('reset', HTMLButtonElement).onclick = () => this.change({});
    byId('download', HTMLButtonElement).onclick = () => this.link.send({ type: 'save' });
    const { seed } = this;
    seed.onchange = () => {
      const value = Math.round(Number(seed.value));
      const { least, most } = bounds.seed;
      this.change({
        seed: Math.min(most, Math.max(least, Number.isFinite(value) ? value : least)),
      });
    };
    byId('reseed', HTMLButtonElement).onclick = () => {
      this.change({ seed: Math.floor(Math.random() * 10_000) });
    };
    const pace = byId('pace', HTMLSelectElement);
    fillSelect(pace, [
      ['1', '1 step a frame'],
      ['5', '5 steps a frame'],
      ['20', '20 steps a frame'],
      ['most', 'as fast as it can'],
    ]);
    const setPace = (): void => {
      // A page with fewer frames takes more steps for each.
      const factor = wantsLessMotion() ? SCREEN_RATE / CALM_RATE : 1;
      const chosen: Pace = pace.value === 'most' ? 'most' : Number(pace.value) * factor;
      this.link.send({ type: 'pace', pace: chosen });
    };
    pace.onchange = setPace;
    setPace();
  }

  private wireViews(): void {
    for (const input of document.querySelectorAll<HTMLInputElement>('input[name="edges"]')) {
      input.onchange = () => {
        this.edges = input.value as Edges;
        this.redraw();
      };
    }
    this.numbers.ontoggle = () => this.redraw();
    // So that the keyboard can scroll it.
    byId('numbers-scroll', HTMLElement).tabIndex = 0;
    for (const canvas of Object.values(this.canvas)) onResize(canvas, () => this.redraw());
    onResize(byId('digit', HTMLCanvasElement), () => this.digits.draw(this.theme));
    onThemeChange(() => {
      this.theme = readTheme();
      this.digits.draw(this.theme);
      this.redraw();
    });
  }

  /** Takes changes in, and begins the training again. */
  private change(changes: Partial<Settings>): void {
    this.settings = { ...this.settings, ...changes };
    this.problem.hidden = true;
    this.show();
    this.configure();
  }

  private configure(): void {
    this.run++;
    this.configuring = true;
    this.history.clear();
    this.link.send({ type: 'configure', run: this.run, settings: this.settings });
  }

  /** Puts the settings into all fields. */
  private show(): void {
    const { settings } = this;
    this.controls.show(settings);
    this.layers.show(settings.hidden);
    this.points.show(settings.data === 'drawn', settings.drawn);
    this.code.show(settings);
    this.seed.value = String(settings.seed);
    const { axes, kinds } = catalog[settings.data];
    byId('axes', HTMLParagraphElement).textContent = `→ ${axes[0]}   ↑ ${axes[1]}`;
    const signs = kinds
      .slice(0, classesOf(settings))
      .map((name, i) => make('li', {}, make('span', { className: `swatch kind-${i}` }), name));
    const open = make('li', {}, make('span', { className: 'swatch open' }), 'for testing');
    byId('legend', HTMLUListElement).replaceChildren(...signs, open);
    byId('parameters', HTMLSpanElement).textContent =
      `${parametersOf(settings).toLocaleString('en')} numbers to learn`;
  }

  private hear(report: Report): void {
    switch (report.type) {
      case 'ready':
        this.controls.showDevices(report.devices);
        this.controls.show(this.settings);
        break;
      case 'configured':
        if (report.run === this.run) [this.train, this.test] = [report.train, report.test];
        break;
      case 'snapshot':
        this.take(report.snapshot);
        break;
      case 'playing':
        this.setPlaying(report.playing);
        break;
      case 'state':
        this.files.send({ type: 'writeModel', name: report.name, state: report.state });
        break;
      case 'deviceFailed':
        this.change({ device: 'cpu' });
        this.complain(`${report.text}. The training has restarted on the CPU.`);
        break;
      case 'saved':
        this.handOver(report.name, report.bytes);
        break;
      case 'problem':
        if (report.where === 'digits') this.digits.hear(report);
        else this.complain(report.text);
        break;
      default:
        this.digits.hear(report);
    }
  }

  private take(snapshot: Snapshot): void {
    if (snapshot.run !== this.run) return;
    this.snapshot = snapshot;
    const { step, trainLoss, testLoss } = snapshot;
    this.history.add({ step, train: trainLoss, test: testLoss });
    this.fresh = true;
    this.redraw();
    // While it plays nobody could follow; then the figures are there to be looked at.
    if (!this.playing) this.say(sentenceOf(snapshot));
    else if (this.configuring) this.say('The training has restarted.');
    this.configuring = false;
  }

  private setPlaying(playing: boolean): void {
    this.playing = playing;
    this.play.textContent = playing ? 'Pause' : 'Play';
    if (playing) {
      this.say('Training …');
      this.link.send({ type: 'frame' });
    } else this.figures.stop();
  }

  private say(text: string): void {
    this.status.textContent = text;
  }

  private complain(text: string): void {
    this.problem.textContent = text;
    this.problem.hidden = false;
  }

  private handOver(name: string, bytes: Uint8Array<ArrayBuffer>): void {
    const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
    make('a', { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    this.say(`${name} has been handed to the browser, ${bytes.length.toLocaleString('en')} bytes.`);
  }

  /** Draws at the next frame of the screen. */
  private redraw(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame((now) => {
      this.frame = 0;
      if (this.fresh && this.playing && wantsLessMotion()) {
        if (now - this.lastFrame < 1000 / CALM_RATE) return this.redraw();
      }
      this.lastFrame = now;
      this.draw(now);
    });
  }

  private draw(now: number): void {
    const { snapshot, settings, theme, train, test } = this;
    // Asked for first, so that the worker makes the next one while this one is drawn.
    if (this.fresh && this.playing) this.link.send({ type: 'frame' });
    const cross = this.points.cross;
    this.boundaryView.draw({ data: settings.data, train, test, snapshot, cross }, theme);
    drawLoss(this.canvas.loss, this.history.all, theme);
    if (snapshot === null) return;
    this.networkView.draw(snapshot, this.edges, catalog[settings.data].kinds, theme);
    if (!this.fresh) return;
    this.fresh = false;
    this.figures.show(snapshot);
    this.describe(snapshot);
    if (this.playing) this.figures.count(snapshot, now);
  }

  /** The pictures in words and numbers; while it plays, the table waits. */
  private describe(snapshot: Snapshot): void {
    const { title, kinds } = catalog[this.settings.data];
    const names = kinds.slice(0, snapshot.classes).join(', ');
    this.canvas.boundary.setAttribute('aria-label', `${title}: where the network sees ${names}`);
    const { trainLoss, testLoss, step } = snapshot;
    this.canvas.loss.setAttribute(
      'aria-label',
      `Loss over ${step} steps: train ${shortNumber(trainLoss)}${testLoss === null ? '' : `, test ${shortNumber(testLoss)}`}`,
    );
    const sizes = [2, ...this.settings.hidden, snapshot.classes].join(', ');
    this.canvas.network.setAttribute('aria-label', `Network with layers of ${sizes} units`);
    if (this.numbers.open) {
      fillNumbers(byId('numbers-rows', HTMLTableSectionElement), snapshot);
    }
  }
}
