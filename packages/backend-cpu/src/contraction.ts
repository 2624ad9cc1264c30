// Matrix products through the addon.
import { type Backend, cpuBackend } from '@dl/core/functional';
import { putGroup, sizeOf, startAt } from './command.js';
import { types } from './encode.js';
import { command, type Native } from './native.js';

/** See `Backend.contract`. `map` runs the epilogue. */
export const contractWith =
  ({ addon, sizes }: Native, map: Backend['map']): Backend['contract'] =>
  (spec, a, b, out, epilogue) => {
    const { batch, row, column, sum } = spec;
    const work = sizeOf(batch) * sizeOf(row) * sizeOf(column) * sizeOf(sum);
    if ((out.dtype !== 'float32' && out.dtype !== 'float64') || !(work >= sizes.contract)) {
      cpuBackend.contract(spec, a, b, out, epilogue);
      return;
    }
    command[0] = types[out.dtype];
    command[1] = a.offset;
    command[2] = b.offset;
    command[3] = out.offset;
    startAt(4);
    putGroup(batch);
    putGroup(row);
    putGroup(column);
    putGroup(sum);
    if (!addon.contract(a.buffer, b.buffer, out.buffer)) {
      cpuBackend.contract(spec, a, b, out, epilogue);
    } else if (epilogue !== undefined) {
      map(epilogue.program, [out, ...epilogue.inputs], [out], epilogue.params);
    }
  };
