// What a benchmark row is, on our side and on a peer's.

/** One thing that is timed: the same work here and in every peer that knows the row. */
export interface Row {
  /** Rows of a suite are run together: `pnpm bench small`. */
  readonly suite: string;
  /** Unique among all suites; peers know the row by it. */
  readonly name: string;
  /** What one step is, for the reader. */
  readonly what: string;
  /** Steps after which the numbers are compared, if not ten. */
  readonly compared?: number;
  /**
   * Steps after which a device of its own is waited for, if not one: where a step takes less than the wait,
   * waiting for each would measure nothing else.
   */
  readonly together?: number;
  /** Floating-point operations of a step, where they are what bounds it. */
  readonly flops?: number;
  /** Bytes that a step must read and write, where they are what bounds it. */
  readonly bytes?: number;
  /** Fresh state on a device, ready to be timed; rows of device `cpu` alone ignore which. */
  make(device: string): Work;
}

/** A row's work in the making. */
export interface Work {
  /** May take its time: a promise is awaited. */
  step(): void | Promise<void>;
  /** Numbers that must agree with the peers' after as many steps. */
  result(): number[] | Promise<number[]>;
  /** Removes what the row has left. */
  end?(): void;
}

/** Another library that can run rows. */
export interface Peer {
  readonly name: string;
  /** Why it cannot be used here, or null. */
  readonly absent: string | null;
  /** Seconds that `steps` steps took, on the row's state as it stands; null if it lacks the row. */
  time(row: Row, steps: number): Promise<number | null>;
  /** The row's numbers after `steps` steps from fresh state. */
  result(row: Row, steps: number): Promise<number[] | null>;
  /** Lets go of the row's state, which would only be in the way of the rows after it. */
  end(row: Row): Promise<void>;
  close(): void;
}
