// One of several processes that fill the same cache at once; prints 'fine' if it never read half a file.
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const source = readFileSync(new URL('../src/cache.ts', import.meta.url), 'utf8');
const { outputText } = ts.transpileModule(source, {
  compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
});
const url = `data:text/javascript;base64,${Buffer.from(outputText).toString('base64')}`;
const { readCompiled, writeCompiled } = await import(url);

const codeOf = (k) => Uint8Array.from({ length: 40_000 }, (_, i) => (i * (k + 3)) & 255);
let bad = 0;
for (let round = 0; round < 15; round++) {
  for (let k = 0; k < 20; k++) {
    const seen = readCompiled(`key ${k}`);
    if (seen !== null && Buffer.compare(Buffer.from(seen), Buffer.from(codeOf(k))) !== 0) bad++;
    writeCompiled(`key ${k}`, codeOf(k));
  }
}
console.log(bad === 0 ? 'fine' : `${bad} half files`);
