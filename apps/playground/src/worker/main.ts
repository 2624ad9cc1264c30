// The training worker: hears the page's commands and answers with reports.
import digitsUrl from '../assets/digits.pth?url';
import { buffersOf, type Command, problemOfCommand, type Report } from '../shared/messages.js';
import { findDevices } from './device.js';
import { digitsModel, layerSizes, readDigit } from './digits.js';
import { Loop } from './loop.js';

/** What is needed of a worker's scope: the app is compiled with a page's types. */
interface WorkerScope {
  postMessage(message: Report, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<Command>) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;
const report = (message: Report): void => scope.postMessage(message, buffersOf(message));
const loop = new Loop(report);

/** The digits model that is in use: the one that comes with the page, until a file is opened. */
let digits: Promise<ReturnType<typeof digitsModel>> | null = null;

async function fetchDigits(): Promise<ReturnType<typeof digitsModel>> {
  const response = await fetch(new URL(digitsUrl, import.meta.url));
  if (!response.ok) throw new Error(`The digits model could not be fetched: ${response.status}.`);
  const { openFile } = await import('./files.js');
  return digitsModel(await openFile(await response.blob()), 'The model of this page');
}

async function openDigits(name: string, file: Blob): Promise<void> {
  const { openFile } = await import('./files.js');
  let value: unknown;
  try {
    value = await openFile(file);
  } catch (error) {
    throw new Error(`${name} could not be read as a .pth file: ${textOf(error)}`);
  }
  const model = digitsModel(value, name);
  digits = Promise.resolve(model);
  report({ type: 'digitsOpened', name, about: layerSizes(model).join('–') });
}

async function read(id: number, pixels: Uint8Array): Promise<void> {
  digits ??= fetchDigits();
  try {
    const probabilities = readDigit(await digits, pixels);
    report({ type: 'digitRead', id, probabilities });
  } catch (error) {
    // The next picture tries again.
    digits = null;
    throw error;
  }
}

async function save(): Promise<void> {
  const trainer = loop.current;
  if (trainer === null) throw new Error('There is no model to save yet.');
  const { modelFile } = await import('./files.js');
  const bytes = await modelFile(trainer.model);
  report({ type: 'saved', name: `${trainer.settings.data}-step-${trainer.step}.pth`, bytes });
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function obey(command: Command): Promise<void> {
  const problem = problemOfCommand(command);
  if (problem !== null) throw new Error(problem);
  switch (command.type) {
    case 'configure':
      return loop.configure(command.run, command.settings);
    case 'play':
      return loop.play();
    case 'pause':
      return loop.pause();
    case 'step':
      return loop.step();
    case 'pace':
      return loop.setPace(command.pace);
    case 'frame':
      return loop.want();
    case 'save':
      return save();
    case 'openDigits':
      return openDigits(command.name, command.file);
    case 'readDigit':
      return read(command.id, command.pixels);
  }
}

scope.onmessage = ({ data }) => {
  obey(data).catch((error: unknown) => {
    const where = data.type === 'openDigits' || data.type === 'readDigit' ? 'digits' : 'training';
    report({ type: 'problem', where, text: textOf(error) });
  });
};

findDevices().then((devices) => report({ type: 'ready', devices }));
