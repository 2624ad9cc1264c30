// The digits app: trains on MNIST, prints the test accuracy, saves the model and a report.
import { init } from '@dl/backend-cpu';
import { main } from './run.js';

// Faster where there is a compiled addon for this machine; without one everything is the same, slower.
const addon = init();

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
  processor: addon.active ? `${addon.isa}, ${addon.threads} threads` : 'plain loops',
});
