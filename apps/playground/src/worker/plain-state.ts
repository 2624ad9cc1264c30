// A model's parameters as plain arrays, to be handed to the page.
import type { Module } from '@dl/nn';
import type { PlainTensor } from '../shared/messages.js';
import { readBack } from './device.js';

/** A copy of the state dict. */
export async function plainState(model: Module): Promise<PlainTensor[]> {
  const state: PlainTensor[] = [];
  for (const [name, value] of Object.entries(model.stateDict())) {
    const values = Float32Array.from(await readBack(value));
    state.push({ name, shape: [...value.shape], values });
  }
  return state;
}
