// The files' worker: models to and from .pth files, and the reading of digits. The training does not wait for it.
import digitsUrl from '../assets/digits.pth?url';
import { buffersOf, type FilesCommand, problemOfCommand, type Report } from '../shared/messages.js';
import type { WorkerScope } from '../shared/worker-scope.js';
import { digitsModel, layerSizes, readDigit } from './digits.js';
import { modelFile, openFile } from './model-files.js';

const scope = globalThis as unknown as WorkerScope<FilesCommand, Report>;
const report = (message: Report): void => scope.postMessage(message, buffersOf(message));

/** The digits model that is in use: the one that comes with the page, until a file is opened. */
let digits: Promise<ReturnType<typeof digitsModel>> | null = null;

async function fetchDigits(): Promise<ReturnType<typeof digitsModel>> {
  const response = await fetch(new URL(digitsUrl, import.meta.url));
  if (!response.ok) throw new Error(`The digits model could not be fetched: ${response.status}.`);
  return digitsModel(await openFile(await response.blob()), 'The model of this page');
}

async function openDigits(name: string, file: Blob): Promise<void> {
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

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function obey(command: FilesCommand): Promise<void> {
  const problem = problemOfCommand(command);
  if (problem !== null) throw new Error(problem);
  switch (command.type) {
    case 'openDigits':
      return openDigits(command.name, command.file);
    case 'readDigit':
      return read(command.id, command.pixels);
    case 'writeModel':
      return report({
        type: 'saved',
        name: command.name,
        bytes: await modelFile(command.state),
      });
  }
}

scope.onmessage = ({ data }) => {
  obey(data).catch((error: unknown) => {
    const where = data.type === 'writeModel' ? 'training' : 'digits';
    report({ type: 'problem', where, text: textOf(error) });
  });
};
