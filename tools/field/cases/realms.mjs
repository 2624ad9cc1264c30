// Values made in another realm: Jest, iframes, structuredClone in tests.
import vm from 'node:vm';
import { tensor } from '@dl/core';
import { load, loadNpy, saveBytes, saveNpyBytes } from '@dl/io';
import { equal } from '../lib/want.mjs';

const elsewhere = (code) => vm.runInNewContext(code);

export default {
  'realm-load-bytes': {
    from: 'tfjs#7175, jest#11864, onnxruntime#16622',
    run: async () => {
      const bytes = await saveBytes({ a: tensor([1, 2]) });
      const Bytes = elsewhere('Uint8Array');
      return (await load(new Bytes(bytes))).a;
    },
    want: equal([1, 2]),
  },
  'realm-save-object': {
    from: 'jest#11864',
    run: async () => (await load(await saveBytes(elsewhere('({ lr: 0.1, sizes: [1, 2] })')))).lr,
    want: equal(0.1),
  },
  'realm-npy': {
    from: 'tfjs#7175',
    run: async () => {
      const Bytes = elsewhere('Uint8Array');
      return loadNpy(new Bytes(saveNpyBytes(tensor([1, 2]))));
    },
    want: equal([1, 2]),
  },
};
