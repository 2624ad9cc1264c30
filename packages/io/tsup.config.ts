// Builds @dl/io with the settings that all packages share.
import { library } from '../../tsup.preset.js';

export default library({
  esbuildOptions: (options, { format }) => {
    // A CommonJS program has the CommonJS copy of @dl/nn, with the classes that it registered there:
    // `import()` would bring the other copy, so in that build it becomes `require`.
    if (format === 'cjs') options.supported = { ...options.supported, 'dynamic-import': false };
  },
});
