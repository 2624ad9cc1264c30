// Builds dl-lessons: dist/main.js, which writes the notebooks, and what lessons and their tests import.
import { program } from '../../tsup.preset.js';

const imported = ['src/figures.ts', 'src/run.ts'];

export default program({ entry: ['src/main.ts', ...imported], dts: { entry: imported } });
