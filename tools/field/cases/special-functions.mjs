// Functions far from 0, near their zeros, and at single bad values of one instruction set.

import { init } from '@dl/backend-cpu';
import { acosh, erfc, full, sinh, tensor } from '@dl/core';
import { equal, near, negativeZero } from '../lib/want.mjs';

export default {
  'erfc-3': { run: () => erfc(tensor([3])), want: near([2.2090496e-5], 1e-5) },
  'erfc-4': { run: () => erfc(tensor([4])), want: near([1.5417257e-8], 1e-5) },
  'sinh-88': { run: () => sinh(tensor([88])), want: near([8.2581814e37], 5e-7) },
  'acosh-far-below': { run: () => acosh(tensor([-1e5])), want: equal([NaN]) },
  'native-erf-an-eighth': {
    needs: ['avx512'],
    run: () => {
      init();
      return full([400], 0.125).erf().at(0).item();
    },
    want: near(0.1403162, 1e-6),
  },
  'sinh-of-minus-zero': { run: () => sinh(tensor([-0])).item(), want: negativeZero },
};
