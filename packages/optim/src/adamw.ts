// Adam with decoupled weight decay.
import { type GivenTo, isOptionsObject, kinds, need, takes, ValueError } from '@dl/core/functional';
import { Adam, type AdamOptions } from './adam.js';
import { atLeastZero, betas } from './argument-kinds.js';
import { type Params, params } from './optimizer.js';

/** Options of `AdamW`: those of `Adam`, with a default `weightDecay` of 0.01. */
export type AdamWOptions = Omit<AdamOptions, 'decoupledWeightDecay'>;

const adamwKinds = {
  lr: atLeastZero,
  betas,
  eps: atLeastZero,
  weightDecay: atLeastZero,
  amsgrad: kinds.boolean,
  maximize: kinds.boolean,
};

const adamw = /*#__PURE__*/ takes<
  [params: Params<AdamWOptions>, options?: Partial<AdamWOptions>]
>()('AdamW', [/*#__PURE__*/ need('params', params)], adamwKinds);

/**
 * Adam with decoupled weight decay: it decays the parameter by `lr·weightDecay` and does not enter the running averages
 * (Loshchilov & Hutter 2019; PyTorch: `optim.AdamW`).
 *
 * @param params `model.parameters()`, or groups `{ params, lr, … }`.
 * @throws ValueError and AutogradError as for `Adam`; ValueError for `decoupledWeightDecay`, which is
 * always true.
 * @example
 * const optimizer = new AdamW(model.parameters(), { lr: 3e-4, weightDecay: 0.1 });
 */
export class AdamW extends Adam {
  constructor(...given: GivenTo<typeof adamw>) {
    const stated: unknown = given[1];
    if (isOptionsObject(stated) && 'decoupledWeightDecay' in stated) {
      throw new ValueError(
        'AdamW: decoupledWeightDecay is always true and cannot be passed; use Adam to set it',
      );
    }
    const [list, options = {}] = adamw.take(given);
    const { weightDecay = 1e-2 } = options;
    super(list, { ...options, weightDecay, decoupledWeightDecay: true });
  }

  protected override check(group: AdamOptions): void {
    super.check(group);
    if (!group.decoupledWeightDecay) {
      throw new ValueError(
        'AdamW: decoupledWeightDecay must be true, got false for a group; use Adam to set it',
      );
    }
  }

  /** Overrides the value in a state dict of Adam, as in PyTorch. */
  protected override foreignOptions(): Record<string, unknown> {
    return { ...super.foreignOptions(), decoupled_weight_decay: true };
  }
}
