// The network and the optimizer that settings describe.
import { GELU, Linear, ReLU, Sequential, Sigmoid, type Step, Tanh } from '@dl/nn';
import { Adam, SGD } from '@dl/optim';
import { type Activation, type Settings, sizesOf } from '../shared/settings.js';

const makers: Readonly<Record<Activation, () => Step>> = {
  ReLU: () => new ReLU(),
  Tanh: () => new Tanh(),
  Sigmoid: () => new Sigmoid(),
  GELU: () => new GELU(),
};

/** Linear layers of the settings' sizes with the activation between. Draws the first weights. */
export function buildModel(settings: Settings): Sequential {
  const sizes = sizesOf(settings);
  const steps: Step[] = [];
  for (let i = 1; i < sizes.length; i++) {
    if (i > 1) steps.push(makers[settings.activation]());
    steps.push(new Linear(sizes[i - 1], sizes[i]));
  }
  return new Sequential(...steps);
}

/** The optimizer of a model's parameters. */
export function buildOptimizer(model: Sequential, { optimizer, lr }: Settings): Adam | SGD {
  const parameters = model.parameters();
  if (optimizer === 'adam') return new Adam(parameters, { lr });
  return new SGD(parameters, optimizer === 'sgd' ? { lr } : { lr, momentum: 0.9 });
}
