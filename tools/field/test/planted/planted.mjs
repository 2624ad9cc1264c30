// Cases that end in every way that the runner must tell apart.
import { isGradEnabled, setGradEnabled } from '@dl/core';
import { equal } from '../../lib/want.mjs';

export default {
  right: { run: () => 1, want: equal(1) },
  wrong: { run: () => 2, want: equal(1) },
  throws: {
    run: () => {
      throw new RangeError('no such thing');
    },
    want: equal(1),
  },
  aborts: { run: () => process.abort(), want: equal(1) },
  leaves: { run: () => process.exit(0), want: equal(1) },
  'never-ends': {
    run: () => {
      for (;;);
    },
    want: equal(1),
  },
  'leaves-a-switch': {
    run: () => {
      setGradEnabled(false);
      return 1;
    },
    want: equal(1),
  },
  'needs-the-switch': { run: () => isGradEnabled(), want: equal(true) },
  // A change that nobody looks for.
  'leaves-a-trace': {
    run: () => {
      equal.trace = true;
      return 1;
    },
    want: equal(1),
  },
  'sees-the-trace': { run: () => equal.trace === undefined, want: equal(true) },
};
