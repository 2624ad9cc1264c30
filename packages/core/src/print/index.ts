// The printing functions for the rest of the package.
export { getPrintOptions, type PrintOptions, setPrintOptions } from './options.js';
export { formatTensor, type Printable } from './tensor.js';
