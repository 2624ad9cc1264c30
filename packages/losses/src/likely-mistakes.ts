// Mistakes that give numbers all the same: said once, where they happen.
import { type Tensor, warnOnce } from '@dl/core/functional';

/** Says so when a loss that takes plain logits gets what has been through an activation already. */
export function warnOfActivation(loss: string, input: Tensor, names: readonly string[]): void {
  const made = input.gradFn?.name;
  if (made === undefined || !names.includes(made)) return;
  warnOnce(
    `${made} before ${loss}`,
    `${loss}: the input comes from ${made}, and ${loss} takes plain logits: it does that step itself; ` +
      `leave ${made} out of the model (use it to read off probabilities)`,
  );
}
