// What printing offers to the rest of the package.
export { getPrintOptions, type PrintOptions, setPrintOptions } from './options.js';
export { formatTensor, type Printable } from './tensor.js';
