// The programs on core's own loops.
import { judgeOn } from './numbers.js';

// Together a turn takes some five seconds.
judgeOn('plain', [
  ['mnist'],
  ['vae', 'cifar'],
  ['vit', 'forward_forward'],
  ['word_lm_lstm', 'nanogpt'],
  ['time_sequence', 'word_lm_transformer'],
]);
