// Stands in for core's sentences about operators that are no methods.

/** Installs none. */
export const installMissing = (): void => {};
