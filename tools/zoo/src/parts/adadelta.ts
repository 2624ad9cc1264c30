// torch.optim.Adadelta, written as a user would where the library has none.
import { type Tensor, zerosLike } from '@dl/core';
import { Optimizer, type ParamGroup } from '@dl/optim';

interface AdadeltaOptions {
  lr: number;
  rho: number;
  eps: number;
  weightDecay: number;
}

export class Adadelta extends Optimizer<AdadeltaOptions> {
  constructor(params: Iterable<Tensor>, options: Partial<AdadeltaOptions> = {}) {
    super(params, { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0 }, options);
  }

  protected check(): void {}

  protected update({ params, lr, rho, eps }: ParamGroup<AdadeltaOptions>): void {
    for (const p of params) {
      if (p.grad === null) continue;
      const state = this.stateOf(p);
      state.square_avg ??= zerosLike(p);
      state.acc_delta ??= zerosLike(p);
      const squares = state.square_avg as Tensor;
      const deltas = state.acc_delta as Tensor;
      squares.mul_(rho).add_(p.grad.mul(p.grad).mul(1 - rho));
      const delta = deltas.add(eps).sqrt().div(squares.add(eps).sqrt()).mul(p.grad);
      deltas.mul_(rho).add_(delta.mul(delta).mul(1 - rho));
      p.add_(delta, { alpha: -lr });
    }
  }
}
