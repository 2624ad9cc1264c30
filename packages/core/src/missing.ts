// The errors for operators called as methods where only functions are loaded.
import { DLError } from './errors.js';
import { elementwiseNames, otherNames } from './method-names.js';
import { define } from './prototype.js';
import { Tensor } from './tensor.js';

/** What stands for a method that is no function's namesake. */
const instead: Readonly<Record<string, string>> = {
  T: 't(x)',
  mT: 'transpose(x, -2, -1)',
  bool: "x.to('bool')",
  double: "x.to('float64')",
  float: "x.to('float32')",
  half: "x.to('float16')",
  int: "x.to('int32')",
  long: "x.to('int64')",
  expandAs: 'expand(x, y.shape)',
  viewAs: 'view(x, y.shape)',
  where: 'where(condition, x, y)',
};

/** Throws the sentence on a method that is not there. */
function missing(name: string, call: string): never {
  throw new DLError(
    `x.${name} is not available with '@dl/core/functional' alone; call ${call}, or import '@dl/core', which adds the methods`,
  );
}

function defineMissing(name: string, call = `${name}(x, …)`): void {
  if (/T$/.test(name)) {
    const get = () => missing(name, call);
    Object.defineProperty(Tensor.prototype, name, { get, configurable: true });
  } else define(name, () => missing(name, call));
}

/** Installs the sentences; the table of methods takes their place. */
export function installMissing(): void {
  for (const name of elementwiseNames.split(' ')) {
    defineMissing(name);
    defineMissing(`${name}_`, `copy_(x, ${name}(x, …))`);
  }
  for (const name of otherNames.split(' ')) defineMissing(name, instead[name]);
}
