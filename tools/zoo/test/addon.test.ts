// The programs on the addon, which is given everything, however small; with DL_FULL=1 on each instruction set.
import { full, judgeOn } from './numbers.js';

judgeOn('addon');
if (full) for (const isa of ['avx512', 'avx2', 'portable']) judgeOn(`addon:${isa}`);
