// What the data sets are called, what is to be seen in them, and how their pictures are cut.
import type { DataKind } from './settings.js';

/** A data set as a user sees it. */
export interface CatalogEntry {
  readonly title: string;
  readonly about: string;
  /** Both axes of the picture go from `-reach` to `reach`. */
  readonly reach: number;
  readonly axes: readonly [string, string];
  readonly kinds: readonly string[];
  /** Whether it is made at random, with a number of points and a noise. */
  readonly made: boolean;
}

const plane = { axes: ['x₁', 'x₂'] as const, kinds: ['class 0', 'class 1'] as const, made: true };

export const catalog: Readonly<Record<DataKind, CatalogEntry>> = {
  points: {
    ...plane,
    title: 'Points',
    about: 'Two clusters. A line separates them, so no hidden layer is needed.',
    reach: 5,
  },
  flower: {
    ...plane,
    title: 'Flower',
    about: 'Petals of two alternating classes. Four units with Tanh are about enough.',
    reach: 5,
  },
  circles: {
    ...plane,
    title: 'Circles',
    about: 'One ring inside another. No line separates them.',
    reach: 1.5,
  },
  spirals: {
    ...plane,
    title: 'Spirals',
    about: 'Two spirals, the hardest one: use two or three layers, and train longer.',
    reach: 1.25,
  },
  iris: {
    title: 'Iris',
    about:
      'Petals of 150 flowers of three species, standardized; 120 for training, 30 for testing.',
    reach: 2.25,
    axes: ['petal length', 'petal width'],
    kinds: ['setosa', 'versicolor', 'virginica'],
    made: false,
  },
  drawn: {
    ...plane,
    title: 'Drawn',
    about: 'Your own points: draw them into the picture. One fifth of them is used for testing.',
    reach: 1,
    kinds: ['class 0', 'class 1', 'class 2'],
    made: false,
  },
};
