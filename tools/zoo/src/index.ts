// What the benchmarks take: the programs, and how they are timed.
export { compare } from './compare.js';
export { expected, loadProgram, missingOf, programNames, twinOf } from './program.js';
export { ourSide, type Side, torchSide } from './side.js';
export { kinds, timeBoth } from './time.js';
