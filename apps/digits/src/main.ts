// The digits app: trains on MNIST, prints the test accuracy, saves the model and a report.
import { init } from '@dl/backend-cpu';
import { main } from './run.js';

// Faster if there is a compiled addon for this machine; the results are the same without it.
const addon = init();

const controller = new AbortController();
let interrupted = Number.POSITIVE_INFINITY;
process.on('SIGINT', () => {
  // The first Ctrl-C requests a stop, a later one stops immediately. A single Ctrl-C may arrive twice:
  // from the terminal and from npm.
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
