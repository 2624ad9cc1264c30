// Random numbers from PyTorch's CPU stream, in plain typed arrays.
export { DEFAULT_SEED, defaultGenerator, Generator } from './generator.js';
export { fillNormal, fillNormalSerial } from './normal.js';
export { drawSeed, type RandomSamplerOptions, randomSampler, shuffledOrder } from './order.js';
export { multinomial, randperm } from './sample.js';
export {
  fillBernoulli,
  fillBernoulliTensor,
  fillDropoutMask,
  fillExponential,
  fillRandint,
  fillUniform,
  type IntegerTarget,
} from './uniform.js';
