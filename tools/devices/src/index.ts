// What the tests run on: one name for a device and the way in which its kernels are chosen.
export { missingDtypes } from './dtypes.js';
export { openRunner, type Runner, RunnerError, runnersHere } from './runner.js';
