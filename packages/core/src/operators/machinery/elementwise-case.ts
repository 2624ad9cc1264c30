// An elementwise computation for given dtypes: its program, and its gradients by symbolic differentiation.
import { type DType, dtypes, isFloat } from '../../dtype.js';
import { differentiate, leaves, type StatedDerivative, substitute } from '../../scalar/derive.js';
import { cast, constant, type Expr, input } from '../../scalar/expr.js';
import { lower, type Program } from '../../scalar/program.js';

/** The inputs of a gradient: the upstream gradient, the operator's own output, or one of its inputs. */
export const UPSTREAM = -1;
export const OUTPUT = -2;
export type Use = number;

/** The gradient of a case with respect to one input. */
export interface Derived {
  /** Its inputs are those that `uses` lists, in that order. */
  readonly case: Case;
  readonly uses: readonly Use[];
  /** Whether it is the upstream gradient itself. */
  readonly identity: boolean;
  /** Whether it is 0 for all inputs. */
  readonly zero: boolean;
}

const isZero = (x: Expr): boolean =>
  x.op === 'cast' ? isZero(x.args[0]) : x.op === 'const' && x.value === 0;

const unrounded = (root: Expr, wide: DType): Expr =>
  root.op === 'cast' && root.args[0]?.dtype === wide ? root.args[0] : cast(root, wide);

/** What a case saves for its gradients, if that is not the minimum. */
export interface Keeping {
  /** The output is not saved: gradients recompute it from the inputs. */
  readonly inputsOnly?: boolean;
  /** Plain numbers that gradients read count as saved. */
  readonly numbers?: boolean;
  /** The result of two tensors is saved, whichever of their gradients is required, even if that does not read it. */
  readonly result?: boolean;
  /** Gradients only compare the operands, which does not make them part of a graph. */
  readonly compares?: boolean;
}

/** An elementwise computation with fixed input dtypes, ready to run and to differentiate. */
export class Case {
  readonly name: string;
  readonly root: Expr;
  readonly inputs: readonly DType[];
  readonly params: readonly DType[];
  readonly program: Program;
  readonly output: DType;
  /** Whether plain numbers that gradients read count as saved tensors. */
  readonly keepsNumbers: boolean;
  /** Whether the result counts as saved even if no gradient reads it. */
  readonly keepsResult: boolean;
  private readonly stated: StatedDerivative | undefined;
  private readonly keeping: Keeping;
  private readonly derived: (Derived | undefined)[] = [];
  private wide: Case | undefined;
  /** Whether this is the gradient of a case that only compares its operands. */
  private ofComparison = false;
  private readonly saves: (readonly boolean[] | undefined)[] = [];

  constructor(
    name: string,
    root: Expr,
    inputs: readonly DType[],
    params: readonly DType[],
    stated?: StatedDerivative,
    keeping: Keeping = {},
  ) {
    this.name = name;
    this.root = root;
    this.inputs = inputs;
    this.params = params;
    this.program = lower([root], inputs, params);
    this.output = root.dtype;
    this.stated = stated;
    this.keeping = keeping;
    this.keepsResult = keeping.result === true && inputs.length > 1;
    this.keepsNumbers = keeping.numbers === true && params.length > 0;
  }

  /** The computation without rounding its result to a half type; the case itself if there is no such rounding. */
  widened(): Case {
    const wide = dtypes[this.output].compute;
    if (wide === this.output) return this;
    if (this.wide === undefined) {
      const { name, root, inputs, params, stated, keeping } = this;
      this.wide = new Case(name, unrounded(root, wide), inputs, params, stated, keeping);
      this.wide.ofComparison = this.ofComparison;
    }
    return this.wide;
  }

  /**
   * The gradient with respect to input `i`. With `useOutput` it may read the operator's result instead of recomputing
   * it.
   */
  gradient(i: number, useOutput: boolean): Derived {
    const slot = i * 2 + (useOutput ? 1 : 0);
    let d = this.derived[slot];
    if (d === undefined) {
      d = this.derive(i, useOutput);
      this.derived[slot] = d;
    }
    return d;
  }

  private derive(i: number, useOutput: boolean): Derived {
    const count = this.inputs.length;
    const dtype = this.inputs[i];
    const upstream = input(count, this.output);
    const found = differentiate(this.root, upstream, this.stated).get(input(i, dtype));
    let body = found ?? constant(0, dtype);
    if (useOutput && this.keeping.inputsOnly !== true && this.root.args.length > 0) {
      const result = input(count + 1, this.output);
      const kept = new Map([[this.root, result]]);
      const [inner] = this.root.args;
      // For half types the rounded result is read, which is what PyTorch saves.
      const wide = dtypes[this.output].compute;
      if (wide !== this.output && this.root.op === 'cast' && inner?.dtype === wide) {
        kept.set(inner, cast(result, wide));
      }
      body = substitute(body, kept);
    }
    const used = leaves([body], 'input');
    const renumbered = substitute(
      body,
      new Map(used.map((leaf, k) => [leaf, input(k, leaf.dtype)] as const)),
    );
    const uses = used.map((leaf) =>
      leaf.value === count ? UPSTREAM : leaf.value === count + 1 ? OUTPUT : leaf.value,
    );
    const derived = new Case(
      `${this.name}Backward`,
      renumbered,
      used.map((l) => l.dtype),
      this.params,
    );
    derived.ofComparison = this.ofComparison || this.keeping.compares === true;
    return {
      case: derived,
      zero: isZero(body),
      uses,
      identity: body === upstream,
    };
  }

  /**
   * Whether these inputs make the result part of a graph. The gradient of `maximum` and the like has gradient 0 with
   * respect to the operands that it compares, so in PyTorch they do not make it part of the graph.
   */
  depends(inputs: readonly { readonly requiresGrad: boolean }[]): boolean {
    if (!this.ofComparison) return true;
    return inputs.some((x, i) => x.requiresGrad && !this.gradient(i, false).zero);
  }

  /**
   * Which of the inputs, and (last) whether the output, must be saved for the gradients of the inputs whose bits are
   * set in `wanted`; an empty list if nothing must.
   */
  toSave(wanted: number, useOutput: boolean): readonly boolean[] {
    const slot = wanted * 2 + (useOutput ? 1 : 0);
    let saves = this.saves[slot];
    if (saves === undefined) {
      const flags = new Array<boolean>(this.inputs.length + 1).fill(false);
      for (let i = 0; i < this.inputs.length; i++) {
        if ((wanted & (1 << i)) === 0 || !isFloat(this.inputs[i])) continue;
        for (const use of this.gradient(i, useOutput).uses) {
          if (use === OUTPUT) flags[this.inputs.length] = true;
          else if (use !== UPSTREAM) flags[use] = true;
        }
      }
      saves = flags.includes(true) ? flags : [];
      this.saves[slot] = saves;
    }
    return saves;
  }
}
