// Warnings for likely mistakes that do not throw; each is shown once.
import { type Tensor, warnOnce } from '@dl/core/functional';

/** Warns if a loss that expects logits gets the output of an activation. */
export function warnOfActivation(loss: string, input: Tensor, names: readonly string[]): void {
  const made = input.gradFn?.name;
  if (made === undefined || !names.includes(made)) return;
  warnOnce(
    `${made} before ${loss}`,
    `${loss}: the input is the output of ${made}, but ${loss} expects logits and applies the activation itself; ` +
      `remove ${made} from the model (apply it only to get probabilities)`,
  );
}
