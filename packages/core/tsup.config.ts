// The build of @dl/core.
import { library } from '../../tsup.preset.js';

export default library({
  // What both entries share is a file of its own, so that there is one class Tensor.
  entry: ['src/index.ts', 'src/functional.ts'],
  // Tensors can stand after `using`; without this line the declarations want `lib` to have it.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
});
