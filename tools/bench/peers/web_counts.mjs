// What a page asks of its device: kernels dispatched and submits, counted for whichever library runs.
import { runSteps } from './steps.mjs';

const counts = { dispatches: 0, submits: 0 };

function counting(type, method, name) {
  const plain = type.prototype[method];
  type.prototype[method] = function (...given) {
    counts[name]++;
    return plain.apply(this, given);
  };
}

counting(GPUComputePassEncoder, 'dispatchWorkgroups', 'dispatches');
counting(GPUComputePassEncoder, 'dispatchWorkgroupsIndirect', 'dispatches');
counting(GPUQueue, 'submit', 'submits');

/** Makes a library's rows callable from outside: `globalThis.bench[name]`. */
export function expose(name, { label, adapter, rows, done }) {
  const states = new Map();
  const made = async (row) => {
    if (!states.has(row)) states.set(row, await rows[row]());
    return states.get(row);
  };
  const run = (work, steps, together) => runSteps(work, steps, done, together);
  globalThis.bench ??= {};
  globalThis.bench[name] = {
    label,
    adapter,
    async time(row, steps, together) {
      if (rows[row] === undefined) return null;
      const work = await made(row);
      const start = performance.now();
      await run(work, steps, together);
      return (performance.now() - start) / 1000;
    },
    async result(row, steps) {
      if (rows[row] === undefined) return null;
      const work = await rows[row]();
      await run(work, steps);
      const found = await work.result();
      work.end?.();
      return found;
    },
    /** Dispatches and submits of a step, once what is made in the first ones is there. */
    async counts(row) {
      if (rows[row] === undefined) return null;
      const work = await made(row);
      await run(work, 2);
      const before = { ...counts };
      const steps = 3;
      await run(work, steps);
      return {
        dispatches: (counts.dispatches - before.dispatches) / steps,
        submits: (counts.submits - before.submits) / steps,
      };
    },
    end(row) {
      states.get(row)?.end?.();
      states.delete(row);
    },
  };
}
