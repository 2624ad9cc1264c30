// The tape's nodes and functions for tensors, under the names that operators use.
import type { Tensor } from '../tensor.js';
import { type BackwardOf, type HookOf, TapeNode } from './tape.js';

export { anyRequiresGrad, cutOff, gradEdge, type HookHandle } from './tape.js';

/** A recorded operation on tensors. */
export type GradNode = TapeNode<Tensor>;
export const GradNode = TapeNode<Tensor>;

/** Computes the gradients of an operation's inputs from those of its outputs. */
export type Backward = BackwardOf<Tensor>;

/** Sees a gradient on its way; a tensor that it returns takes the gradient's place. */
export type GradHook = HookOf<Tensor>;
