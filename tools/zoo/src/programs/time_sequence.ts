// Sine waves with two LSTM cells and LBFGS in float64 (pytorch/examples), shortened.
import { arange, cat, manualSeed, type Tensor, tensor, zeros } from '@dl/core';
import { MSELoss } from '@dl/losses';
import { Linear, LSTMCell, Module } from '@dl/nn';
import { LBFGS } from '../parts/lbfgs.js';

export const steps = 4;

const hiddenSize = 51;
const float64 = { dtype: 'float64' } as const;
type State = [hidden: Tensor, cell: Tensor];

class Sequence extends Module<[Tensor], Tensor> {
  lstm1 = new LSTMCell(1, hiddenSize);
  lstm2 = new LSTMCell(hiddenSize, hiddenSize);
  linear = new Linear(hiddenSize, 1);

  forward(waves: Tensor): Tensor {
    const start = (): State => [
      zeros([waves.size(0), hiddenSize], float64),
      zeros([waves.size(0), hiddenSize], float64),
    ];
    let first = start();
    let second = start();
    const outputs: Tensor[] = [];
    for (const value of waves.split(1, 1)) {
      first = this.lstm1.forward(value, first);
      second = this.lstm2.forward(first[0], second);
      outputs.push(this.linear.forward(second[0]));
    }
    return cat(outputs, 1);
  }
}

export default function timeSequence(): () => number {
  manualSeed(0);
  const model = new Sequence().double();
  const offsets = tensor([[0], [5], [11], [17]], float64);
  const waves = arange(0, 41, float64).add(offsets).div(20).sin();
  const input = waves.at(':', ':-1');
  const target = waves.at(':', '1:');
  const criterion = new MSELoss();
  const optimizer = new LBFGS([...model.parameters()], 0.8, 5);

  return () =>
    optimizer
      .step(() => {
        model.zeroGrad();
        const loss = criterion.forward(model.forward(input), target);
        loss.backward();
        return loss;
      })
      .item();
}
