// The list of hidden layers: their sizes, and buttons to add and remove them.
import { bounds } from '../shared/settings.js';
import { byId, make } from './dom.js';

/** The editor of the hidden layers. */
export class LayerList {
  private readonly list = byId('layers', HTMLOListElement);
  private readonly add = byId('add-layer', HTMLButtonElement);
  private readonly changed: (hidden: readonly number[]) => void;
  private hidden: readonly number[] = [];

  constructor(changed: (hidden: readonly number[]) => void) {
    this.changed = changed;
    this.add.onclick = () => {
      this.change([...this.hidden, this.hidden.at(-1) ?? 4]);
      this.inputs().at(-1)?.focus();
    };
  }

  /** Shows sizes; fields that are there already are kept, and with them the focus. */
  show(hidden: readonly number[]): void {
    this.hidden = hidden;
    while (this.list.children.length > hidden.length) this.list.lastElementChild?.remove();
    while (this.list.children.length < hidden.length) this.list.append(this.row());
    this.inputs().forEach((input, i) => {
      if (Number(input.value) !== hidden[i]) input.value = String(hidden[i]);
    });
    this.add.disabled = hidden.length >= bounds.layers.most;
  }

  private inputs(): HTMLInputElement[] {
    return [...this.list.querySelectorAll('input')];
  }

  private change(hidden: readonly number[]): void {
    this.show(hidden);
    this.changed(hidden);
  }

  private row(): HTMLLIElement {
    const at = this.list.children.length;
    const { least, most } = bounds.units;
    const input = make('input', {
      type: 'number',
      min: String(least),
      max: String(most),
      step: '1',
      id: `layer-${at}`,
    });
    input.setAttribute('aria-label', `Units of hidden layer ${at + 1}`);
    input.onchange = () => {
      const size = Math.round(Number(input.value));
      const fits = Math.min(most, Math.max(least, Number.isFinite(size) ? size : least));
      input.value = String(fits);
      this.change(this.hidden.map((old, i) => (i === at ? fits : old)));
    };
    const remove = make('button', { type: 'button' }, '×');
    remove.setAttribute('aria-label', `Remove hidden layer ${at + 1}`);
    remove.onclick = () => {
      this.change(this.hidden.filter((_, i) => i !== at));
      // The button that had the focus may be gone.
      const left = this.list.querySelectorAll('button');
      (left[Math.min(at, left.length - 1)] ?? this.add).focus();
    };
    return make('li', {}, `Layer ${at + 1}`, input, remove);
  }
}
