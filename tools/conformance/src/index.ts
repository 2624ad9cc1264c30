// The conformance suite: one table of operators and sample inputs that every backend runs.
export type { Case } from './case.js';
export { errorOperators } from './checks/errors.js';
export { registerCounted } from './counted.js';
export { elementwiseExports } from './elementwise.js';
export type { Golden, Goldens } from './goldens.js';
export { missingDtypes } from './host.js';
export { loadGoldens } from './load.js';
export { allCases, type Group, type Result, type SuiteOptions, suite } from './suite.js';
export { rows } from './table/index.js';
