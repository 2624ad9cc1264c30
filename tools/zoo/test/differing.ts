// Programs whose numbers differ from PyTorch's by a fault that is known; each must still differ.

/** A program that differs on some runners, and why. */
export interface Differing {
  readonly program: string;
  readonly runners: readonly string[];
  readonly why: string;
}

export const differing: readonly Differing[] = [];
