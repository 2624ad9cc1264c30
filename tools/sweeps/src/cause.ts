// The form in which errors beyond the limits are listed.

/** What makes some errors large, and where it shows. */
export interface Cause {
  readonly why: string;
  /**
   * Lines of function | pass | runners | range of the first operand | dtype, largest ulp, points, and further dtypes.
   * Runners are names, or `every` (that has the dtype), `host` (all but webgpu), `addon` (its instruction sets).
   */
  readonly cases: readonly string[];
}
