// A run from the files to the report; `main.ts` gives it the process's own streams and signals.
import { join, relative, resolve } from 'node:path';
import { DLError, fromTypedArray, tensor } from '@dl/core';
import { DataLoader, TensorDataset } from '@dl/data';
import {
  type CheckpointParts,
  load,
  loadCheckpoint,
  save,
  saveCheckpoint,
  setupSeed,
} from '@dl/io';
import { ExponentialLR, SGD } from '@dl/optim';
import { helpText, parseArguments, type Settings, UsageError } from './cli.js';
import { startDevice } from './devices.js';
import { computeLogits, type Evaluation, judge, sameBits, testAccuracy } from './evaluate.js';
import { type Digits, PIXELS, packagedData, readTest, readTraining } from './mnist.js';
import { buildModel, countParameters } from './model.js';
import { prepareFolder, writeText } from './output.js';
import { percent, type Run, renderReport } from './report.js';
import { drawDigits, type Output, Screen } from './terminal.js';
import { beginning, type Sofar, type Training, train } from './train.js';

/** What a run needs of the process. */
export interface Surroundings {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Says that the user has interrupted the run. */
  readonly signal: AbortSignal;
  /** How the device `cpu` computes, for the first line. */
  readonly processor?: string;
}

/** Each epoch's learning rate, as a share of the one before. */
const DECAY = 0.2;

/** Exit codes: what a shell sees. */
const FAILED = 1;
const MISUSED = 2;
const INTERRUPTED = 130;

/** Does what the command line says; returns the exit code. */
export async function main(args: readonly string[], around: Surroundings): Promise<number> {
  const screen = new Screen(around.stdout);
  try {
    const settings = parseArguments(args);
    if (settings === 'help') {
      screen.line(helpText());
      return 0;
    }
    return await run(settings, screen, around);
  } catch (error) {
    screen.clear();
    if (error instanceof UsageError) {
      around.stderr.write(`digits: ${error.message}\nnpm start -- --help lists the options.\n`);
      return MISUSED;
    }
    if (!(error instanceof DLError)) throw error;
    around.stderr.write(`${error.message.replace(/^(?!digits: )/, 'digits: ')}\n`);
    return FAILED;
  }
}

/** The training set as the loader takes it: the first `count` pictures and their labels. */
export function datasetOf(digits: Digits, count = digits.count): TensorDataset {
  return new TensorDataset(
    fromTypedArray(digits.images.subarray(0, count * PIXELS), [count, PIXELS]),
    fromTypedArray(digits.labels.subarray(0, count), null, { dtype: 'int32' }),
  );
}

async function run(settings: Settings, screen: Screen, around: Surroundings): Promise<number> {
  const { device } = settings;
  const { signal, processor } = around;
  const how = device === 'cpu' && processor !== undefined ? ` (${processor})` : '';
  const out = resolve(settings.out);
  // Check everything that can be missing before the work begins.
  await startDevice(device);
  tensor([0]).to(device);
  const folder = settings.data === null ? packagedData() : resolve(settings.data);
  const [training, test] = [await readTraining(folder), await readTest(folder)];
  await prepareFolder(out);

  setupSeed(settings.seed);
  const model = buildModel(settings.hidden).to(device);
  const optimizer = new SGD(model.parameters(), { lr: settings.lr, momentum: settings.momentum });
  const count = Math.min(training.count, settings.limit ?? training.count);
  const loader = new DataLoader(datasetOf(training, count), {
    batchSize: settings.batchSize,
    shuffle: true,
  });
  const scheduler = new ExponentialLR(optimizer, DECAY);
  const parts = { model, optimizer, scheduler, loader };
  const plan = planOf(settings, count);
  const sofar =
    settings.resume === null ? beginning() : await goOn(resolve(settings.resume), parts, plan);
  const parameters = countParameters(model);
  const layers = [PIXELS, ...settings.hidden, 10].join('-');
  screen.line(
    `network ${layers}, ${parameters.toLocaleString('en')} parameters, on ${device}${how}; ` +
      `${count.toLocaleString('en')} training images, ${test.count.toLocaleString('en')} test images`,
  );

  const checkpoint = join(out, 'checkpoint.pth');
  const work = {
    ...parts,
    epochs: settings.epochs,
    device,
    signal,
    onProgress: ({ epoch, step, steps, loss }) =>
      screen.progress(
        `epoch ${epoch}/${settings.epochs}`,
        step,
        steps,
        `${step}/${steps} loss ${loss.toFixed(4)}`,
      ),
    test: () => testAccuracy(model, test, device),
    onEpoch: (e) =>
      screen.line(
        `epoch ${e.epoch}/${settings.epochs}: loss ${e.loss.toFixed(4)}, ` +
          `training accuracy ${percent(e.trainAccuracy)}, ` +
          `test accuracy ${percent(e.testAccuracy as number)}, ${e.seconds.toFixed(1)} s`,
      ),
    onCheckpoint: ({ epoch, ...rest }: Sofar) =>
      saveCheckpoint({ ...parts, epoch, step: rest.step, extra: { plan, ...rest } }, checkpoint),
  } satisfies Training;
  const history = await train(work, sofar);

  const modelFile = join(out, 'model.pth');
  await save(model.stateDict(), modelFile);
  const about = {
    settings,
    trained: count,
    parameters,
    stepsPerEpoch: loader.length,
    ...history,
  } satisfies Omit<Run, 'test'>;
  if (history.interrupted) {
    const report = await writeText(
      out,
      'report.html',
      renderReport({ ...about, test: null }, test),
    );
    screen.line(`interrupted after ${history.losses.length} steps`);
    screen.line(`model so far: ${shown(modelFile)}`);
    screen.line(`report so far: ${shown(report)}`);
    screen.line(`to resume: pass the same options and --resume ${shown(checkpoint)}`);
    return INTERRUPTED;
  }

  const logits = await computeLogits(model, test, device);
  const fresh = buildModel(settings.hidden).to(device);
  fresh.loadStateDict(await load(modelFile));
  const found = await computeLogits(fresh, test, device);
  if (!sameBits(logits, found)) {
    throw new DLError(
      `digits: the model loaded from ${modelFile} does not produce the outputs of the saved model`,
    );
  }
  const result = judge(found, test);
  screen.line();
  for (const text of drawDigits(examples(result, test), screen.columns)) screen.line(text);
  const report = await writeText(
    out,
    'report.html',
    renderReport({ ...about, test: result }, test),
  );
  screen.line(
    `model: ${shown(modelFile)}, loaded again: bit-identical outputs for all ${test.count.toLocaleString('en')} test images`,
  );
  screen.line(`report: ${shown(report)}`);
  screen.line(`test accuracy: ${percent(result.accuracy)}`);
  return 0;
}

/** The settings that must be the same to resume. */
const planOf = ({ batchSize, hidden, momentum, lr, seed }: Settings, count: number) => ({
  batchSize,
  hidden: [...hidden],
  momentum,
  lr,
  seed,
  pictures: count,
});
type Plan = ReturnType<typeof planOf>;

/** Puts the parts of a training back to where a checkpoint has them. */
async function goOn(file: string, parts: CheckpointParts, plan: Plan): Promise<Sofar> {
  const saved = await load<{ extra?: { plan?: Partial<Plan> } } | null>(file);
  for (const [name, value] of Object.entries(plan)) {
    const before = saved?.extra?.plan?.[name as keyof Plan];
    if (JSON.stringify(before) !== JSON.stringify(value)) {
      throw new DLError(
        `digits: ${shown(file)} is from a run with ${name} ${JSON.stringify(before) ?? 'unknown'}, not ${JSON.stringify(value)}; use the options of that run`,
      );
    }
  }
  const { epoch, extra } = await loadCheckpoint<Omit<Sofar, 'epoch'>>(file, parts);
  const { step, sum, seconds, losses, epochs } = extra;
  return { epoch, step, sum, seconds, losses, epochs };
}

/** A path as short as it can be said from here. */
function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

/** The first four digits and the two most confident mistakes. */
function examples(result: Evaluation, digits: Digits): { pixels: Uint8Array; caption: string }[] {
  const first = [...result.predictions.keys()]
    .filter((index) => result.predictions[index] === digits.labels[index])
    .slice(0, 4);
  const wrong = result.mistakes.slice(0, 2).map(({ index }) => index);
  return [...first, ...wrong].map((index) => {
    const [read, is] = [result.predictions[index], digits.labels[index]];
    return {
      pixels: digits.images.subarray(index * PIXELS, (index + 1) * PIXELS),
      caption: read === is ? `predicted ${read}` : `predicted ${read}, actual ${is}`,
    };
  });
}
