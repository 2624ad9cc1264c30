// The build step that leaves out methods which nothing calls.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { calledIn, namedIn, onlyNamed, withoutUnnamed } from '../methods-in-use.js';

const id = fileURLToPath(new URL('../../../packages/core/src/methods.ts', import.meta.url));
const source = readFileSync(id, 'utf8');

describe('calledIn', () => {
  it('finds calls of methods, however they are written', () => {
    const code = 'f(x.add(1)\n  .mul(y?.neg()).sum?.(), { t: () => z.view([2]).a.exp() });';
    expect([...calledIn(code)].sort()).toEqual(['add', 'exp', 'mul', 'neg', 'sum', 'view']);
  });

  it("takes neither texts nor functions nor the language's objects for methods", () => {
    const code =
      '// x.sin()\nconst t = "F.gelu(a)"; softmax(x); Math.max(1, 2); " ".repeat(2); x.shape; x[k]();';
    expect([...calledIn(code)]).toEqual([]);
  });
});

describe('onlyNamed', () => {
  const cut = onlyNamed(source, id, new Set(['softmax', 'mean', 'median', 'sqrt', 'add_']));
  const entries = (of: string): string[] =>
    [...of.matchAll(/^ {2,4}(\w+)(?:: [\w.]+)?,$/gm)].map(([, name]) => name as string);

  it('keeps the entries that are named', () => {
    expect(entries(cut)).toEqual(expect.arrayContaining(['softmax', 'mean', 'median']));
    for (const name of ['topk', 'cumsum', 'sum', 'max', 'at']) {
      expect(entries(source)).toContain(name);
      expect(entries(cut)).not.toContain(name);
    }
    expect(cut).toContain('const pointwise = { add: elementwise.add, sqrt: elementwise.sqrt };');
    expect(cut).toContain('...table,');
  });

  it('keeps all of it where everything is named', () => {
    const all = new Set([...source.matchAll(/\w+/g)].map(([name]) => name));
    expect(entries(onlyNamed(source, id, all))).toEqual(entries(source));
  });

  it('says so where it does not know the source', () => {
    expect(() => onlyNamed('const table = {};', id, new Set())).toThrow(
      /methods-in-use: core's methods\.ts has no .*pointwise/,
    );
  });
});

describe('withoutUnnamed', () => {
  it('finds what is read, called or in a text', () => {
    const names = namedIn('x.a; x.b(); const { c } = y; f("d"); x[e]; class K { g() {} }');
    expect([...names].sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('takes methods out of classes, and nothing else', () => {
    const source = `class K<T> extends L { x = 1; static make(): K<T> { return new K(); }
      used(): number { return this.x; } unused(a: T): T; unused(a: unknown): unknown { return a; }
      get got(): number { return 1; } [Symbol.iterator]() {} toString(): string { return ''; } #own() {} }
      const free = { unused() {} };`;
    const cut = withoutUnnamed(source, new Set(['used']));
    expect(cut.replace(/\s+/g, ' ')).toBe(
      source.replace(/unused\(a: T.*return a; \}/, '').replace(/\s+/g, ' '),
    );
    expect(cut).not.toContain('unused(a');
  });
});
