// Figures of the lessons: SVG files, and charts of text.
export { figure, Plot } from './figure.js';
export { lineChart } from './line-chart.js';
