import { tensor } from '@dl/core';

const x = tensor([
  [1, 2],
  [3, 4],
]);
console.log(String(x));
console.log(x.shape, x.dtype, x.device);
console.log(JSON.stringify(x.toArray()));
