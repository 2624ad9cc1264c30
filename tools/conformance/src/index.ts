// The conformance suite: one table of operators and sample inputs that every backend runs.
export { errorOperators } from './checks/errors.js';
export { registerCounted } from './counted.js';
export { elementwiseExports } from './elementwise.js';
export { missingDtypes } from './host.js';
export { loadGoldens } from './load.js';
export { allCases, type Result, suite } from './suite.js';
export { rows } from './table/index.js';
