// The net of the digits app, which the checks train and the rows time.
import { Linear, ReLU, Sequential } from '@dl/nn';

/** A fresh one, on the CPU. */
export const digitsNet = (): Sequential =>
  new Sequential(
    new Linear(784, 256),
    new ReLU(),
    new Linear(256, 128),
    new ReLU(),
    new Linear(128, 10),
  );
