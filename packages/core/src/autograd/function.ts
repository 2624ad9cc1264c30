// User-defined operations with a forward and a backward pass.
import { AutogradError } from '../errors.js';
import { mul } from '../operators/elementwise/arithmetic.js';
import { Tensor } from '../tensor.js';
import { isRecording } from './mode.js';
import { noGrad } from './no-grad.js';
import { anyRequiresGrad, type Backward, GradNode } from './node.js';

/** What the forward pass saves for the backward pass. You may set other properties freely. */
export class FunctionContext {
  /** For each argument, whether it requires a gradient. */
  needsInputGrad: readonly boolean[] = [];
  private toSave: readonly Tensor[] = [];
  private node: GradNode | null = null;
  private readonly fixed = new Set<Tensor>();
  [key: string]: unknown;

  /** Saves input or output tensors for the backward pass (PyTorch: `ctx.save_for_backward`). */
  saveForBackward(...tensors: Tensor[]): void {
    this.toSave = tensors;
  }

  /** The saved tensors, checked to be unchanged (PyTorch: `ctx.saved_tensors`). */
  get savedTensors(): Tensor[] {
    return this.node === null ? [...this.toSave] : this.node.savedTensors();
  }

  /** Marks these outputs as not differentiable (PyTorch: `ctx.mark_non_differentiable`). */
  markNonDifferentiable(...outputs: Tensor[]): void {
    for (const x of outputs) this.fixed.add(x);
  }

  /** @internal */
  attach(make: (saved: readonly Tensor[]) => GradNode): GradNode {
    this.node = make(this.toSave);
    return this.node;
  }

  /** @internal */
  isFixed(x: Tensor): boolean {
    return this.fixed.has(x);
  }
}

/**
 * An operation with its own gradient (PyTorch: `torch.autograd.Function`). A subclass has a static `forward(ctx, …)`,
 * which runs without recording, and a static `backward(ctx, …grads)`, which returns one gradient (or null) for each
 * argument of forward. Call it as `Subclass.apply(…)`.
 *
 * @example
 * class Double extends Function {
 *   static forward(ctx: FunctionContext, x: Tensor) { return x.mul(2); }
 *   static backward(ctx: FunctionContext, g: Tensor) { return g.mul(2); }
 * }
 * const y = Double.apply(x);
 */
export abstract class AutogradFunction {
  /** Computes the result, one tensor or several. */
  static forward(_ctx: FunctionContext, ..._args: never[]): Tensor | Tensor[] {
    throw new AutogradError(`${this.name}: define static forward(ctx, …)`);
  }

  /** Computes the gradients of forward's arguments from those of its results. */
  static backward(
    _ctx: FunctionContext,
    ..._grads: never[]
  ): Tensor | null | readonly (Tensor | null)[] {
    throw new AutogradError(`${this.name}: define static backward(ctx, …grads)`);
  }

  /** Runs the operation and records it. */
  static apply<F extends { forward(ctx: FunctionContext, ...args: never[]): Tensor | Tensor[] }>(
    this: F & { readonly name: string; backward(...args: never[]): unknown },
    ...args: F extends { forward(ctx: FunctionContext, ...args: infer A): unknown } ? A : never
  ): ReturnType<F['forward']> {
    const given = args as readonly unknown[];
    const places = given.flatMap((a, i) => (a instanceof Tensor ? [i] : []));
    const inputs = places.map((i) => given[i] as Tensor);
    const ctx = new FunctionContext();
    ctx.needsInputGrad = given.map((a) => a instanceof Tensor && a.requiresGrad);
    const result = noGrad(() => this.forward(ctx, ...(args as never[])));
    const many = Array.isArray(result);
    // An input that is returned unchanged becomes a new tensor on the tape.
    const outputs = (many ? result : [result]).map((x) => (inputs.includes(x) ? x.detach() : x));
    if (isRecording() && anyRequiresGrad(inputs)) {
      const name = this.name;
      const run: Backward = (_node, grads) => {
        const filled = grads.map((g, i) => g ?? mul(outputs[i].detach(), 0));
        const back = this.backward(...([ctx, ...filled] as never[])) as
          | Tensor
          | null
          | readonly (Tensor | null)[];
        const list = back instanceof Tensor || back === null ? [back] : back;
        if (list.length !== given.length && !(list.length === 1 && given.length === 1)) {
          throw new AutogradError(
            `${name}: backward returned ${list.length} gradients for the ${given.length} arguments of forward; return null for an argument without a gradient`,
          );
        }
        return places.map((i) => claimed(list[i] ?? null));
      };
      const node = ctx.attach(
        (saved) => new GradNode(name, inputs, run, saved, null, null, outputs.length),
      );
      node.foreign = true;
      outputs.forEach((x, i) => {
        if (ctx.isFixed(x)) return;
        x.gradFn = node;
        x.outputIndex = i;
      });
    }
    return (many ? outputs : outputs[0]) as ReturnType<F['forward']>;
  }
}

// The user may keep the gradients that backward returned, so no leaf may reuse their memory.
function claimed(x: Tensor | null): Tensor | null {
  if (x !== null) x.storage.outside = true;
  return x;
}
