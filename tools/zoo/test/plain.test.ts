// The programs on core's own loops.
import { judgeOn } from './numbers.js';

// Together a turn takes some five seconds; but for mnist, which takes half a minute and so has a turn in `test:all` alone.
const mnist = process.env.DL_FULL === '1' ? [] : ['mnist'];
judgeOn(
  'plain',
  [
    ['vae', 'cifar'],
    ['vit', 'forward_forward'],
    ['word_lm_lstm', 'nanogpt'],
    ['time_sequence', 'word_lm_transformer'],
  ],
  mnist,
);
