// The first half of the suite on device cuda, by the emulator; the halves run beside each other.
import { it } from 'vitest';
import { emulated } from './cuda.js';

it('cuda on the emulator agrees with PyTorch in every case, first half', async () => {
  await emulated(0, 2, 1);
}, 600_000);
