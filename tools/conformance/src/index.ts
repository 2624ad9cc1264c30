// The conformance suite: one table of operators and sample inputs that every backend runs.
export { Calls, methods } from './calls.js';
export { errorOperators } from './checks/errors.js';
export { registerCounted } from './counted.js';
export { elementwiseExports } from './elementwise.js';
export { loadGoldens } from './load.js';
export { runSuite } from './run.js';
export { allCases, runParts, suite } from './suite.js';
export { rows } from './table/index.js';
