// The program that does what is set up, with colors, and the button that copies it.
import { codeText } from '../shared/code-text.js';
import type { Settings } from '../shared/settings.js';
import { byId, make } from './dom.js';

const words = 'async|await|const|export|for|from|function|import|let|new|of|return|type|void';
const tokens = new RegExp(
  `(?<comment>//[^\\n]*|/\\*[^]*?\\*/)|(?<text>'[^'\\n]*'|\`[^\`]*\`)|(?<word>\\b(?:${words})\\b)|(?<number>\\b\\d[\\d.e-]*\\b)`,
  'g',
);

/** A program's text as elements; joined they are the text again. */
export function colorCode(text: string): (Node | string)[] {
  const out: (Node | string)[] = [];
  let at = 0;
  for (const match of text.matchAll(tokens)) {
    out.push(text.slice(at, match.index));
    const [kind = ''] = Object.entries(match.groups ?? {}).find(([, value]) => value) ?? [];
    out.push(make('span', { className: kind }, match[0]));
    at = match.index + match[0].length;
  }
  out.push(text.slice(at));
  return out;
}

/** The panel with the program. */
export class CodeView {
  private readonly place = byId('code', HTMLPreElement);
  private text = '';

  /** `copied` is told what to say, `failed` what went wrong. */
  constructor(copied: (text: string) => void, failed: (text: string) => void) {
    // So that the keyboard can scroll it.
    this.place.tabIndex = 0;
    byId('copy', HTMLButtonElement).onclick = async () => {
      try {
        await navigator.clipboard.writeText(this.text);
        copied('The program was copied to the clipboard.');
      } catch {
        // Without leave for the clipboard the text can still be taken by hand.
        getSelection()?.selectAllChildren(this.place);
        failed(
          'The browser does not allow this page to copy. The program is selected, so you can copy it by hand.',
        );
      }
    };
  }

  show(settings: Settings): void {
    const text = codeText(settings);
    if (text === this.text) return;
    this.text = text;
    this.place.replaceChildren(...colorCode(text));
  }
}
