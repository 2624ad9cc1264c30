// Stands in for core's look at other copies of itself: a bundle has one, and runs in no Node.

export const version = 'bundled';

/** Nothing to register. */
export const registerCopy = (): void => {};

/** No tensor is foreign. */
export const refuseForeign = (): void => {};
