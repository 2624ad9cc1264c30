// @dl/core: tensors, operators and automatic differentiation. functional.ts exports all of it; this entry adds the
// operators as methods.
import { installMethods } from './methods.js';

installMethods();

export * from './functional.js';
