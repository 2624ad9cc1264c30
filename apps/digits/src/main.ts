// The digits app: trains on MNIST, prints the test accuracy, saves the model and a report.
import { main } from './run.js';

const controller = new AbortController();
let interrupted = Number.POSITIVE_INFINITY;
process.on('SIGINT', () => {
  // A Ctrl-C asks for an end, a later one does not wait for it. One alone may arrive several times:
  // from the terminal, and passed on by npm.
  if (performance.now() - interrupted > 1000) process.exit(130);
  interrupted = Math.min(interrupted, performance.now());
  controller.abort();
});

const { stdout, stderr } = process;
process.exitCode = await main(process.argv.slice(2), {
  stdout,
  stderr,
  signal: controller.signal,
});
