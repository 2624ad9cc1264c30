// Actor and critic (pytorch/examples) on a pole on a cart.
import { manualSeed, stack, type Tensor, tensor } from '@dl/core';
import { smoothL1Loss } from '@dl/losses';
import { Linear, Module } from '@dl/nn';
import { Adam } from '@dl/optim';
import { CartPole, Categorical, returnsOf, type State } from '../parts/cartpole.js';

export const steps = 10;
export const varying = true; // episodes grow longer as it learns

class ActorCritic extends Module<[Tensor], [probs: Tensor, value: Tensor]> {
  affine1 = new Linear(4, 128);
  actionHead = new Linear(128, 2);
  valueHead = new Linear(128, 1);

  forward(state: Tensor): [Tensor, Tensor] {
    const hidden = this.affine1.forward(state).relu();
    return [this.actionHead.forward(hidden).softmax(-1), this.valueHead.forward(hidden)];
  }
}

export default function actorCritic(): () => number[] {
  const pole = new CartPole();
  manualSeed(543);
  const model = new ActorCritic();
  const optimizer = new Adam(model.parameters(), { lr: 3e-2 });

  return () => {
    let state: State = pole.reset();
    const seen: { logProb: Tensor; value: Tensor }[] = [];
    const rewards: number[] = [];
    for (let done = false; !done && rewards.length < 200; ) {
      const [probs, value] = model.forward(tensor(state));
      const choice = new Categorical(probs);
      const action = choice.sample();
      seen.push({ logProb: choice.logProb(action), value });
      const moved = pole.step(action.item());
      state = moved.state;
      done = moved.done;
      rewards.push(moved.reward);
    }
    const returns = returnsOf(rewards);
    const policyLosses = seen.map(({ logProb, value }, i) => {
      const advantage = returns.at(i).item() - value.item();
      return logProb.neg().mul(advantage);
    });
    const valueLosses = seen.map(({ value }, i) => smoothL1Loss(value, returns.at([i])));
    optimizer.zeroGrad();
    const loss = stack(policyLosses).sum().add(stack(valueLosses).sum());
    loss.backward();
    optimizer.step();
    return [loss.item(), rewards.length];
  };
}
