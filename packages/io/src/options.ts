// Options shared by the readers.
import { kinds } from '@dl/core/functional';

/** Options of `load`, `loadSafetensors` and `loadNpz`. */
export interface LoadOptions {
  /**
   * Refuse a file that contains anything but plain data, supported tensors and known modules, as
   * `torch.load(weights_only=True)` does. Default: false; such values become placeholders.
   */
  strict?: boolean;
}

export const loadOptions: { readonly strict: kinds.Kind<boolean> } = { strict: kinds.boolean };
