// A check's verdict that is not a pass.

/** Why a check failed. */
export interface Failure {
  readonly failure: string;
}

export const isFailure = (x: object): x is Failure => 'failure' in x;
