// All elementwise operators as one object, for the table of methods: a separate file, so that bundles without the table
// do not contain them.
export * from './index.js';
