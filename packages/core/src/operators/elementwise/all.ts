// All elementwise operators as one object, for the table of methods: as a file of its own, so that bundles without the table have none.
export * from './index.js';
