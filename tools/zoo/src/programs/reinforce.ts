// REINFORCE (pytorch/examples) on a pole on a cart.
import { cat, manualSeed, type Tensor, tensor } from '@dl/core';
import { Dropout, Linear, Module } from '@dl/nn';
import { Adam } from '@dl/optim';
import { CartPole, Categorical, returnsOf, type State } from '../parts/cartpole.js';

export const steps = 10;
export const varying = true; // episodes grow longer as it learns

class Policy extends Module<[Tensor], Tensor> {
  affine1 = new Linear(4, 128);
  dropout = new Dropout(0.6);
  affine2 = new Linear(128, 2);

  forward(state: Tensor): Tensor {
    return this.affine2
      .forward(this.dropout.forward(this.affine1.forward(state)).relu())
      .softmax(1);
  }
}

export default function reinforce(): () => number[] {
  const pole = new CartPole();
  manualSeed(543);
  const policy = new Policy();
  const optimizer = new Adam(policy.parameters(), { lr: 1e-2 });

  return () => {
    let state: State = pole.reset();
    const logProbs: Tensor[] = [];
    const rewards: number[] = [];
    for (let done = false; !done && rewards.length < 200; ) {
      const choice = new Categorical(policy.forward(tensor(state).unsqueeze(0)));
      const action = choice.sample();
      logProbs.push(choice.logProb(action));
      const moved = pole.step(action.item());
      state = moved.state;
      done = moved.done;
      rewards.push(moved.reward);
    }
    const returns = returnsOf(rewards);
    const loss = cat(logProbs.map((logProb, i) => logProb.neg().mul(returns.at(i)))).sum();
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return [loss.item(), rewards.length];
  };
}
