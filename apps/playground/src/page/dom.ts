// Finding and making elements.

/**
 * The element with an id.
 *
 * @throws Error if the page has none of this kind: index.html and the code do not fit.
 */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} called '${id}'.`);
  return found;
}

/** A new element with properties and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Fills a `select` with choices, each a value and what is read. */
export function fillSelect(
  select: HTMLSelectElement,
  choices: readonly (readonly [value: string, text: string])[],
): void {
  select.replaceChildren(...choices.map(([value, text]) => make('option', { value }, text)));
}

/** A radio button of a group, with its label. */
export function radio(
  name: string,
  value: string,
  text: string,
): { label: HTMLLabelElement; input: HTMLInputElement } {
  const input = make('input', { type: 'radio', name, value });
  return { label: make('label', {}, input, make('span', {}, text)), input };
}

/** A number for people: few digits, always as wide. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return 'not a number';
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1);
  return value.toFixed(Math.abs(value) >= 100 ? 1 : 4);
}

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
