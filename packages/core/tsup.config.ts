// The build of @dl/core.
import { library } from '../../tsup.preset.js';

export default library({
  // Tensors can stand after `using`; without this line the declarations want `lib` to have it.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
});
