// The public face of @dl/nn: everything that the package exports.
export * from './activations.js';
export type { Config, Plain } from './config.js';
export { Dropout } from './dropout.js';
export type { ForwardHook } from './forward.js';
export {
  type InitOptions,
  init,
  type KaimingOptions,
  type Nonlinearity,
  type XavierOptions,
} from './init.js';
export { Linear, type LinearOptions } from './linear.js';
export { isModule, keyOfField } from './members.js';
export { type AnyModule, Module, type ModuleToOptions } from './module.js';
export { isParameter, Parameter } from './parameter.js';
export {
  buildModule,
  type ConfigurableClass,
  describeModule,
  type ModuleDescription,
  type RegistrableClass,
  registeredModules,
  registerModule,
} from './registry.js';
export { Sequential, type Step } from './sequential.js';
export { Flatten, Identity } from './shaping.js';
export type { LoadStateDictOptions, LoadStateDictResult, StateDict } from './state.js';
export { ModelSummary, type SummaryOptions, type SummaryRow, summary } from './summary.js';
