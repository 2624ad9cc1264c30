// The public face of @dl/nn: everything that the package exports.
export * from './activations.js';
export type { Config, Plain } from './config.js';
export type { ForwardHook } from './forward.js';
export * as init from './init.js';
export { Linear, type LinearOptions } from './linear.js';
export { isModule, keyOfField } from './members.js';
export { type AnyModule, Module, type ModuleToOptions } from './module.js';
export { isParameter, Parameter } from './parameter.js';
export { Sequential, type Step } from './sequential.js';
export { Flatten, Identity } from './shaping.js';
export type { LoadStateDictOptions, LoadStateDictResult, StateDict } from './state.js';
