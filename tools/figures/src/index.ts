// Figures of the lessons: SVG files, and charts of text.
export { type FigureOptions, figure, Plot } from './figure.js';
export { lineChart } from './text.js';
