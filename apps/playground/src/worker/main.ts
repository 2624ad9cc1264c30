// The training worker: hears the page's commands and answers with reports.
import {
  buffersOf,
  problemOfCommand,
  type Report,
  type TrainingCommand,
} from '../shared/messages.js';
import type { WorkerScope } from '../shared/worker-scope.js';
import { findDevices } from './device.js';
import { Loop } from './loop.js';

const scope = globalThis as unknown as WorkerScope<TrainingCommand, Report>;
const report = (message: Report): void => scope.postMessage(message, buffersOf(message));
const loop = new Loop(report);

async function obey(command: TrainingCommand): Promise<void> {
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
      return loop.save();
  }
}

scope.onmessage = ({ data }) => {
  obey(data).catch((error: unknown) => {
    const text = error instanceof Error ? error.message : String(error);
    report({ type: 'problem', where: 'training', text });
  });
};

findDevices().then((devices) => report({ type: 'ready', devices }));
