// The print settings, with PyTorch's defaults and profiles.
import { callable } from '../arguments/callable.js';
import * as kinds from '../arguments/kinds.js';
import { ValueError } from '../errors.js';

/** Settings of `formatTensor`; the fields of PyTorch's `torch.set_printoptions`. */
export interface PrintOptions {
  /** Digits after the decimal point. Default 4. */
  readonly precision: number;
  /** A tensor with more elements than this is summarized. Default 1000. */
  readonly threshold: number;
  /** Number of entries that a summary shows at the start and the end of each dimension. Default 3. */
  readonly edgeitems: number;
  /** Maximum number of characters in a line, for rows and suffixes. Default 80. */
  readonly linewidth: number;
  /** Scientific notation: always, never, or (`null`, the default) depending on the values. */
  readonly sciMode: boolean | null;
}

type Profile = 'default' | 'short' | 'full';

const defaults: PrintOptions = {
  precision: 4,
  threshold: 1000,
  edgeitems: 3,
  linewidth: 80,
  sciMode: null,
};

const profiles: Record<Profile, PrintOptions> = /*#__PURE__*/ (() => ({
  default: defaults,
  short: { ...defaults, precision: 2, edgeitems: 2 },
  full: { ...defaults, threshold: Infinity },
}))();

let current: PrintOptions = defaults;

function setPrintOptionsOf(
  options: Partial<PrintOptions> & { readonly profile?: Profile } = {},
): void {
  const { profile, ...given } = options;
  const base = profile === undefined ? current : profiles[profile];
  current = mergePrintOptions('setPrintOptions', { ...base, sciMode: null }, given);
}

/**
 * Sets how tensors are printed. Fields given together with a profile override it; a field that is left out keeps its
 * value, except `sciMode`, which returns to automatic.
 *
 * PyTorch: `torch.set_printoptions`.
 *
 * @param options the settings to change, and optionally the profile to start from
 * @throws ValueError if a setting is not a valid number, or the profile is unknown
 * @example
 * setPrintOptions({ precision: 2 });
 * String(tensor([1.12345])); // 'tensor([1.12])'
 * setPrintOptions({ profile: 'default' });
 */
export const setPrintOptions = /*#__PURE__*/ callable('setPrintOptions', setPrintOptionsOf, [], {
  precision: kinds.integer,
  threshold: kinds.number,
  edgeitems: kinds.integer,
  linewidth: kinds.number,
  profile: /*#__PURE__*/ kinds.oneOf('default', 'short', 'full'),
  sciMode: /*#__PURE__*/ kinds.orNull(kinds.boolean),
});

function getPrintOptionsOf(): PrintOptions {
  return { ...current };
}

/**
 * The current print settings.
 *
 * PyTorch: `torch.get_printoptions`.
 *
 * @returns a copy; changing it has no effect
 * @example getPrintOptions().precision // 4
 */
export const getPrintOptions = /*#__PURE__*/ callable('getPrintOptions', getPrintOptionsOf, [], {});

/** `base` with the fields that `given` defines, after checking them. */
export function mergePrintOptions(
  operator: string,
  base: PrintOptions,
  given: Partial<PrintOptions>,
): PrintOptions {
  const merged: PrintOptions = {
    precision: given.precision ?? base.precision,
    threshold: given.threshold ?? base.threshold,
    edgeitems: given.edgeitems ?? base.edgeitems,
    linewidth: given.linewidth ?? base.linewidth,
    sciMode: given.sciMode === undefined ? base.sciMode : given.sciMode,
  };
  for (const name of ['precision', 'edgeitems'] as const) {
    const value = merged[name];
    if (!Number.isInteger(value) || value < 0) {
      throw new ValueError(
        `${operator}: ${name} must be a non-negative integer, got ${String(value)}`,
      );
    }
  }
  for (const name of ['threshold', 'linewidth'] as const) {
    const value = merged[name];
    if (typeof value !== 'number' || Number.isNaN(value)) {
      throw new ValueError(`${operator}: ${name} must be a number, got ${String(value)}`);
    }
  }
  return merged;
}
