// Builds dl-docs: dist/main.js, which writes dist/reference.json, dist/names.js, which writes the pages of PyTorch's names, and what other tests read pages with.
import { program } from '../../tsup.preset.js';

export default program({
  entry: { main: 'src/main.ts', page: 'src/page.ts', names: 'src/names/main.ts' },
  dts: { entry: { page: 'src/page.ts' } },
});
