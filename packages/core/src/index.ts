// @dl/core: tensors, operators and automatic differentiation. All of it is in functional.ts; here operators become methods.
import { installMethods } from './methods.js';

installMethods();

export * from './functional.js';
