// A module as PyTorch prints it.
import { classNameOf, type Holder, isModule, LIST, type List, membersOf } from './members.js';
import { isParameter } from './parameter.js';

const indent = (text: string): string => text.replaceAll('\n', '\n  ');

/** The text of a module or array and everything inside it. */
export function formatModule(holder: Holder): string {
  const name = isModule(holder) ? classNameOf(holder) : listName(holder);
  const extra = isModule(holder) ? holder.extraRepr() : '';
  const extraLines = extra === '' ? [] : extra.split('\n');
  const { children, parameters } = membersOf(holder);
  if (!isModule(holder)) {
    for (const [key, p] of parameters) {
      // PyTorch indents these twice.
      extraLines.push(
        `  (${key}): Parameter containing: [torch.${p.dtype} of size ${p.shape.join('x')}]`,
      );
    }
  }
  const listed = isModule(holder) ? LIST in holder : !holder.some(isParameter);
  const texts = children.map(([key, child]) => [key, formatModule(child)] as const);
  const childLines = (listed ? merged(texts) : texts).map(
    ([key, text]) => `(${key}): ${indent(text)}`,
  );
  if (extraLines.length === 1 && childLines.length === 0 && isModule(holder)) {
    return `${name}(${extraLines[0]})`;
  }
  const lines = [...extraLines, ...childLines];
  return lines.length === 0 ? `${name}()` : `${name}(\n  ${lines.join('\n  ')}\n)`;
}

const listName = (list: List): string => (list.some(isParameter) ? 'ParameterList' : 'ModuleList');

/** Collapses equal neighbors in a list: `(0-2): 3 x Linear(…)`. */
function merged(texts: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  const out: [string, string][] = [];
  for (let i = 0; i < texts.length; ) {
    const [key, text] = texts[i];
    let end = i;
    while (texts[end + 1]?.[1] === text) end++;
    const last = texts[end]?.[0];
    out.push(end === i ? [key, text] : [`${key}-${last}`, `${end - i + 1} x ${text}`]);
    i = end + 1;
  }
  return out;
}
