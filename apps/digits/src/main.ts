// The digits app: trains on MNIST, prints the test accuracy, saves the model and a report.
import { main } from './run.js';

const controller = new AbortController();
process.on('SIGINT', () => {
  // The first one asks for an end, the second one does not wait for it.
  if (controller.signal.aborted) process.exit(130);
  controller.abort();
});

const { stdout, stderr } = process;
process.exitCode = await main(process.argv.slice(2), {
  stdout,
  stderr,
  signal: controller.signal,
});
