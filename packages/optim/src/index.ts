// The public face of @dl/optim: everything that the package exports.
export {
  Optimizer,
  type OptimizerStateDict,
  type ParamGroup,
  type ParamGroupInput,
  type ParamState,
  type Params,
} from './optimizer.js';
export { SGD, type SGDOptions } from './sgd.js';
