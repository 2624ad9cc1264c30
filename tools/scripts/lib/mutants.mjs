// Small mistakes that can be planted in a TypeScript file, one at a time.
import ts from 'typescript';

const swapped = new Map([
  ['+', '-'],
  ['-', '+'],
  ['*', '/'],
  ['/', '*'],
  ['<', '<='],
  ['<=', '<'],
  ['>', '>='],
  ['>=', '>'],
  ['===', '!=='],
  ['!==', '==='],
  ['&&', '||'],
  ['||', '&&'],
  ['??', '&&'],
]);
// Messages and warnings are for people; a changed word in one is no mistake in the numbers.
const spoken = /^(throw|warn)/;

/** Mutants of a source: where, what stands there, and what shall stand there instead. */
export function mutantsOf(text, path = 'a.ts') {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const found = [];
  const add = (from, to, put) => {
    const { line } = file.getLineAndCharacterOfPosition(from);
    found.push({ path, line: line + 1, from, to, was: text.slice(from, to), put });
  };
  const visit = (node) => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isThrowStatement(node) || spoken.test(node.expression?.getText?.(file) ?? '')) return;
    if (ts.isBinaryExpression(node)) {
      const sign = node.operatorToken.getText(file);
      // Sums of text are messages.
      const text = [node.left, node.right].some((x) => /^['`]/.test(x.getText(file)));
      if (swapped.has(sign) && !text) {
        add(node.operatorToken.getStart(file), node.operatorToken.end, swapped.get(sign));
      }
    } else if (ts.isIfStatement(node) || ts.isConditionalExpression(node)) {
      const test = node.expression ?? node.condition;
      add(test.getStart(file), test.end, `!(${test.getText(file)})`);
    } else if (node.kind === ts.SyntaxKind.TrueKeyword) add(node.getStart(file), node.end, 'false');
    else if (node.kind === ts.SyntaxKind.FalseKeyword) add(node.getStart(file), node.end, 'true');
    else if (ts.isNumericLiteral(node)) add(node.getStart(file), node.end, `${+node.text + 1}`);
    else if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
      add(node.getStart(file), node.end, ';');
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** `count` of the items, the same for the same seed. */
export function sample(items, count, seed) {
  const left = [...items];
  const drawn = [];
  // A linear congruential generator; its low bits are not used.
  for (let state = seed >>> 0; drawn.length < count && left.length > 0; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    drawn.push(...left.splice(Math.floor((state / 2 ** 32) * left.length), 1));
  }
  return drawn;
}
