// A reporter of vitest that says how much is done and about how long is left; and the order that makes a run short.
import { BaseSequencer } from 'vitest/node';
import { nameOf, readTimes, writeTimes } from './times.mjs';

/** What a file is taken to need that was never measured. */
const UNKNOWN = 3;
const EVERY = 15_000;

/** `75` as '1:15'. */
const clock = (seconds) => {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
};

/**
 * Seconds that are left: what the files that are not done took at other times, at the speed of this run.
 *
 * @param expected seconds by file, of all files of the run
 * @param done names of the files that are done
 * @param elapsed seconds since the run began
 * @param running seconds by file since it began, of the files that run now
 */
export function secondsLeft(expected, done, elapsed, running) {
  const total = [...expected.values()].reduce((a, b) => a + b, 0);
  let behind = 0;
  for (const [name, seconds] of expected) {
    if (done.has(name)) behind += seconds;
    // A file that takes longer than expected is about to end, for all that is known.
    else if (running.has(name)) behind += Math.min(running.get(name), 0.95 * seconds);
  }
  // Until something is done the recorded times say nothing of this machine.
  const speed = behind > 0.05 * total ? behind / elapsed : 2;
  return (total - behind) / Math.max(speed, 1e-3);
}

/** Says every fifteen seconds how far the run is, and keeps how long each file took. */
export class Progress {
  expected = new Map();
  done = new Set();
  started = new Map();
  took = {};
  begin = 0;
  failed = 0;

  onTestRunStart(specifications) {
    const known = readTimes();
    for (const { moduleId } of specifications) {
      const name = nameOf(moduleId);
      this.expected.set(name, known[name] ?? UNKNOWN);
    }
    this.begin = performance.now();
    if (specifications.length > 10) this.timer = setInterval(() => this.say(), EVERY).unref();
  }

  onTestModuleQueued({ moduleId }) {
    this.started.set(nameOf(moduleId), performance.now());
  }

  onTestModuleEnd(module) {
    const name = nameOf(module.moduleId);
    this.done.add(name);
    if (module.state() === 'failed') this.failed++;
    this.took[name] = Math.round((performance.now() - this.started.get(name)) / 100) / 10;
  }

  say() {
    const now = performance.now();
    const running = new Map();
    for (const [name, start] of this.started) {
      if (!this.done.has(name)) running.set(name, (now - start) / 1000);
    }
    const elapsed = (now - this.begin) / 1000;
    const left = secondsLeft(this.expected, this.done, elapsed, running);
    const failed = this.failed > 0 ? `, ${this.failed} with failures` : '';
    console.log(
      `tests: ${this.done.size} of ${this.expected.size} files after ${clock(elapsed)}${failed}, about ${clock(left)} left`,
    );
  }

  onTestRunEnd(_modules, _errors, reason) {
    clearInterval(this.timer);
    if (reason !== 'interrupted') writeTimes(this.took, process.env.DL_RECORD_TIMES === '1');
    const slowest = Object.entries(this.took)
      .sort(([, a], [, b]) => b - a)
      .slice(0, 10);
    if (this.expected.size > 10) {
      console.log('The ten slowest files:');
      for (const [name, seconds] of slowest)
        console.log(`${seconds.toFixed(1).padStart(8)} s  ${name}`);
    }
  }
}

/** Long files first, so that no worker is left with one at the end. */
export class LongestFirst extends BaseSequencer {
  sort(specifications) {
    const known = readTimes();
    const seconds = ({ moduleId }) => known[nameOf(moduleId)] ?? UNKNOWN;
    return [...specifications].sort((a, b) => seconds(b) - seconds(a));
  }
}
