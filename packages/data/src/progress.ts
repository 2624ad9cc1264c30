// A bar that shows how far a loop is.
import { callable, kinds, need, ValueError } from '@dl/core/functional';

/** Where text goes: the parts of `process.stderr` that are used. */
export interface ProgressOutput {
  /** Writes a text, as a stream of Node does. */
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** An element of a page: a `<progress>` gets `value` and `max`, any other one the text. */
export interface ProgressElement {
  textContent: string | null;
  value?: unknown;
  max?: unknown;
}

/** Options of `progress`. */
export interface ProgressOptions {
  /** Number of items. Default: the `length` or `size` of the items, if they have one. */
  total?: number | null;
  /** Text in front of the bar. Default: none. */
  label?: string;
  /** Name of an item in the rate. Default: 'it'. */
  unit?: string;
  /** Show nothing. Default: false. */
  disable?: boolean;
  /** Where to write. Default: `process.stderr`, unless that is no terminal and the variable CI is set. */
  output?: ProgressOutput | null;
  /** The element of a page to update, instead of `output`. */
  element?: ProgressElement | null;
}

/** Milliseconds between two drawings, and between two lines where there is no terminal. */
const REDRAWN = 100;
const LINES = 10_000;

interface Environment {
  readonly process?: {
    readonly stderr?: ProgressOutput;
    readonly env?: { readonly [name: string]: string | undefined };
  };
}

/** Seconds as `01:02`, or `1:02:03`. */
function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (n: number): string => String(n).padStart(2, '0');
  const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return whole < 3600 ? rest : `${Math.floor(whole / 3600)}:${rest}`;
}

function rateText(rate: number, unit: string): string {
  if (!(rate > 0 && Number.isFinite(rate))) return `? ${unit}/s`;
  return rate >= 1
    ? `${rate.toFixed(rate < 100 ? 1 : 0)} ${unit}/s`
    : `${(1 / rate).toFixed(1)} s/${unit}`;
}

/** Counts the items of one loop and shows the count. */
class Meter {
  private done = 0;
  private readonly started = performance.now();
  private due: number;
  private shown = false;

  constructor(
    private readonly show: Show,
    private readonly total: number | null,
    private readonly label: string,
    private readonly unit: string,
  ) {
    this.due = this.started + show.pause;
  }

  tick(): void {
    this.done++;
    const now = performance.now();
    if (now < this.due) return;
    this.due = now + this.show.pause;
    this.draw(now);
  }

  /** The last state; nothing if the loop was too short for a line. */
  end(): void {
    if (this.shown || this.show.always) this.draw(performance.now());
    this.show.end();
  }

  private draw(now: number): void {
    this.shown = true;
    const { done, total, unit, label } = this;
    const seconds = (now - this.started) / 1000;
    const rate = done / seconds;
    const head = label === '' ? '' : `${label} `;
    const speed = rateText(rate, unit);
    if (total === null) {
      const tail = `${done} ${unit} [${clock(seconds)}, ${speed}]`;
      this.show.draw({ head, tail, done, total, share: null });
      return;
    }
    const left = rate > 0 ? clock(Math.max(0, total - done) / rate) : '?';
    const tail = `${done}/${total} [${clock(seconds)}<${left}, ${speed}]`;
    this.show.draw({ head, tail, done, total, share: total === 0 ? 1 : Math.min(1, done / total) });
  }
}

/** How far a loop is. */
interface State {
  readonly head: string;
  /** The count, the times and the rate. */
  readonly tail: string;
  readonly done: number;
  readonly total: number | null;
  /** The part that is done; null if the total is unknown. */
  readonly share: number | null;
}

/** One way to show a state. */
interface Show {
  readonly pause: number;
  readonly always: boolean;
  draw(state: State): void;
  end(): void;
}

const percent = (share: number): string => `${Math.floor(share * 100)}%`;
const lineOf = ({ head, tail, share }: State): string =>
  share === null ? `${head}${tail}` : `${head}${percent(share)} ${tail}`;

const onTerminal = (output: ProgressOutput): Show => ({
  pause: REDRAWN,
  always: true,
  draw(state) {
    const { head, tail, share } = state;
    const columns = (output.columns || 80) - 1;
    let text = lineOf(state);
    if (share !== null) {
      const start = `${head}${percent(share).padStart(4)} `;
      const width = Math.max(0, Math.min(30, columns - start.length - tail.length - 1));
      const full = Math.round(share * width);
      text = `${start}${'█'.repeat(full)}${'░'.repeat(width - full)} ${tail}`;
    }
    output.write(`\r\u001b[K${text.slice(0, columns)}`);
  },
  end: () => {
    output.write('\n');
  },
});

const inLines = (output: ProgressOutput): Show => ({
  pause: LINES,
  always: false,
  draw(state) {
    output.write(`${lineOf(state)}\n`);
  },
  end: () => {},
});

const inElement = (element: ProgressElement): Show => ({
  pause: REDRAWN,
  always: true,
  draw(state) {
    if ('max' in element && state.total !== null) {
      element.max = state.total;
      element.value = state.done;
    } else element.textContent = lineOf(state);
  },
  end: () => {},
});

/** How to show progress here; null: not at all. */
function showOf({ disable, output, element }: ProgressOptions): Show | null {
  if (disable === true) return null;
  if (element) return inElement(element);
  const { process } = globalThis as Environment;
  const { NO_PROGRESS, CI } = process?.env ?? {};
  if (NO_PROGRESS) return null;
  const to = output ?? process?.stderr;
  if (to === undefined) return null;
  if (to.isTTY === true) return onTerminal(to);
  // Logs of continuous integration are kept; nobody watches them.
  return CI && !output ? null : inLines(to);
}

/** The number of items, if they tell; the length of a loader over a stream throws. */
function countOf(items: object): number | null {
  const counted: { readonly length?: unknown; readonly size?: unknown } = items;
  try {
    const count = counted.length ?? counted.size;
    return typeof count === 'number' ? count : null;
  } catch {
    return null;
  }
}

function progressOf(items: object, options: ProgressOptions = {}): object {
  const { label = '', unit = 'it' } = options;
  if (options.output && options.element) {
    throw new ValueError('progress: output and element are both given; pass one of them');
  }
  const total = options.total ?? countOf(items);
  if (total !== null && !(total >= 0)) {
    throw new ValueError(`progress: total must be a non-negative number, got ${total}`);
  }
  const show = showOf(options);
  // Nothing to show costs nothing.
  if (show === null) return items;
  const meter = (): Meter => new Meter(show, total, label, unit);
  const out: Partial<Iterable<unknown> & AsyncIterable<unknown>> = {};
  if (Symbol.iterator in items) {
    out[Symbol.iterator] = function* () {
      const m = meter();
      try {
        for (const item of items as Iterable<unknown>) {
          yield item;
          m.tick();
        }
      } finally {
        m.end();
      }
    };
  }
  if (Symbol.asyncIterator in items) {
    out[Symbol.asyncIterator] = async function* () {
      const m = meter();
      try {
        for await (const item of items as AsyncIterable<unknown>) {
          yield item;
          m.tick();
        }
      } finally {
        m.end();
      }
    };
  }
  return out;
}

const outputKind: kinds.Kind<ProgressOutput> = {
  words: 'an object with write(text)',
  is: (x): x is ProgressOutput => typeof (x as ProgressOutput | null)?.write === 'function',
};

const elementKind: kinds.Kind<ProgressElement> = {
  words: 'an element of a page',
  is: (x): x is ProgressElement => kinds.object.is(x) && 'textContent' in x,
};

const items: kinds.Kind<object> = {
  words: 'an iterable, such as a DataLoader or an array',
  is: (x): x is object =>
    typeof x === 'object' && x !== null && (Symbol.iterator in x || Symbol.asyncIterator in x),
};

/**
 * The same items, with a bar that shows how far the loop over them is (Python: `tqdm`): share, count, time, remaining time
 * and rate. In a terminal it is one line on stderr, drawn at most ten times a second. Where stderr is no terminal it is
 * a line every ten seconds, and none if the variable CI is set. In a page it is shown in `element`. Without any of
 * them, with `disable: true`, or with the variable NO_PROGRESS and no element, the items themselves are returned.
 *
 * @throws ValueError for values that are not iterable, a negative total, or both an output and an element.
 * @example for (const [x, y] of progress(loader, { label: 'epoch 1' })) train(x, y);
 */
export const progress = /*#__PURE__*/ callable(
  'progress',
  progressOf,
  [/*#__PURE__*/ need('items', items)],
  {
    total: /*#__PURE__*/ kinds.orNull(kinds.number),
    label: kinds.string,
    unit: kinds.string,
    disable: kinds.boolean,
    output: /*#__PURE__*/ kinds.orNull(outputKind),
    element: /*#__PURE__*/ kinds.orNull(elementKind),
  },
) as {
  <T>(
    items: Iterable<T> & AsyncIterable<T>,
    options?: ProgressOptions,
  ): Iterable<T> & AsyncIterable<T>;
  <T>(items: Iterable<T>, options?: ProgressOptions): Iterable<T>;
  <T>(items: AsyncIterable<T>, options?: ProgressOptions): AsyncIterable<T>;
};
