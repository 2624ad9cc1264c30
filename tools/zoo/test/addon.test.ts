// The programs on the addon, which is given everything, however small; with DL_FULL=1 on each instruction set.
import { sampleOf, whole } from 'dl-testing/sampling';
import { judgeOn } from './numbers.js';

judgeOn('addon');
if (sampleOf(2) === whole)
  for (const isa of ['avx512', 'avx2', 'portable']) judgeOn(`addon:${isa}`);
