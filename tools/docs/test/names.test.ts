// PyTorch's names: the pages of the guide are those of the packages, and every rule still says something.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { areas } from '../src/names/areas.js';
import { leftOut } from '../src/names/left-out.js';
import { languages, namesPage } from '../src/names/names-page.js';
import { otherForms } from '../src/names/other-forms.js';
import { readNames } from '../src/names/read-names.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const { version, found } = readNames(root);

describe("the pages of PyTorch's names", () => {
  it.each(Object.entries(languages))('in docs/%s are up to date', (folder, words) => {
    // `pnpm names --write` writes them again.
    expect(readFileSync(`${root}docs/${folder}/pytorch-names.md`, 'utf8')).toBe(
      namesPage(found, version, words),
    );
  });
});

describe('the tables', () => {
  const all = [...found].flatMap(([area, names]) => names.map((named) => ({ area, ...named })));

  it('have an entry for every namespace and no other', () => {
    expect(Object.keys(areas)).toEqual([...found.keys()]);
  });

  it('name in other forms only names of PyTorch', () => {
    const names = new Set(all.map(({ area, name }) => `${area}.${name}`));
    expect(Object.keys(otherForms).filter((name) => !names.has(name))).toEqual([]);
  });

  it('leave out by each rule a name that is not here', () => {
    const out = all.filter(({ state }) => state === 'out');
    for (const { names, why } of leftOut) {
      // Modules such as torch.fft are not among the names.
      if (names.test('torch.fft')) continue;
      expect(
        out.some(({ area, name }) => names.test(`${area}.${name}`)),
        why.en,
      ).toBe(true);
    }
  });
});
