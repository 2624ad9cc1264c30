// Which programs are for which device.
import { missingDtypes } from 'dl-devices';
import { dtypesOf, type Program } from './program.js';

/** Why a program is not for a device; null where it is. */
export function unfit(program: Program, device: string): string | null {
  if (device === 'cpu') return null;
  const without = missingDtypes[device] ?? [];
  for (const dtype of dtypesOf(program))
    if (without.includes(dtype)) return `${device} has no ${dtype}`;
  // Smaller numbers than the smallest normal one are taken for zero there.
  if (device === 'webgpu' && /\b1e-40\b/.test(JSON.stringify(program))) return 'denormals';
  return null;
}

/** Emulated devices are slow: of the fixtures they get those of every eighth seed. */
export const forDevices = (program: Program): boolean => Number(program.seed) % 8 === 0;
