// The api report: what it shows, what it leaves out, and that a change of the surface changes it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { apiReport } from '../lib/api-report.mjs';

const folder = mkdtempSync(join(tmpdir(), 'api-report-'));
afterAll(() => rmSync(folder, { recursive: true }));

function report(text) {
  const file = join(folder, 'index.d.ts');
  writeFileSync(file, text);
  return apiReport('@dl/x', file);
}

const surface = `/** Says hello. */
declare function hello(name: Name): void;
type Name = string;
interface Hidden { a: 1 }
declare const one: 1, two: 2;
export { one, hello, two as zwei };`;

describe('the api report', () => {
  it('shows exports sorted, without comments, and what they mention', () => {
    const text = report(surface);
    expect(text).toContain('3 exports.');
    expect(text.indexOf('function hello(name: Name): void;')).toBeLessThan(text.indexOf('one: 1'));
    expect(text).toContain('// two as zwei');
    expect(text).toContain('type Name = string;');
    expect(text).not.toContain('Says hello');
    expect(text).not.toContain('Hidden');
  });

  it('changes with a signature, also with one that is only mentioned, and not with a comment', () => {
    const before = report(surface);
    expect(report(surface.replace('Says hello', 'Greets'))).toBe(before);
    expect(report(surface.replace('): void', '): string'))).not.toBe(before);
    expect(report(surface.replace('Name = string', 'Name = number'))).not.toBe(before);
    expect(report(surface.replace('a: 1', 'a: 2'))).toBe(before);
    expect(report(surface.replace('one, hello', 'hello'))).not.toBe(before);
  });
});
