// The build of @dl/core.
import { library } from '../../tsup.preset.js';

export default library({
  // Code shared by the entries goes into a separate file, so that there is only one class Tensor.
  entry: ['src/index.ts', 'src/functional.ts', 'src/testing.ts'],
  // Tensors can be declared with `using`; without this line users' `lib` would need it.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
});
