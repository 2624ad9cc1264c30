// The table of weights and gradients: the drawing of the network in numbers.
import type { Snapshot } from '../shared/messages.js';
import { make, shortNumber } from './dom.js';

function meanAndLargest(values: Float32Array | null): [string, string] {
  if (values === null) return ['–', '–'];
  let [sum, most] = [0, 0];
  for (const value of values) {
    sum += Math.abs(value);
    most = Math.max(most, Math.abs(value));
  }
  return [shortNumber(sum / values.length), shortNumber(most)];
}

/** Fills the table. */
export function fillNumbers(rows: HTMLTableSectionElement, { layers }: Snapshot): void {
  rows.replaceChildren(
    ...layers.map((layer, i) => {
      const cells = [...meanAndLargest(layer.weight), ...meanAndLargest(layer.weightGrad)];
      const name = `${i + 1}: ${layer.inputs} → ${layer.outputs}`;
      return make(
        'tr',
        {},
        make('th', { scope: 'row' }, name),
        ...cells.map((text) => make('td', {}, text)),
      );
    }),
  );
}
