// Small mistakes that can be planted in a TypeScript file: one at a time, or all behind switches.
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

/**
 * Mutants of a source: where, what stands there, and what shall stand there instead. `node` is the
 * expression or statement around it that a switch can choose, `without` whether the mutant leaves it out.
 */
export function mutantsOf(text, path = 'a.ts') {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const found = [];
  const add = (node, part, put, without = false) => {
    const [from, to] = [part.getStart(file), part.end];
    const line = file.getLineAndCharacterOfPosition(from).line + 1;
    const around = { from: node.getStart(file), to: node.end };
    found.push({ path, line, from, to, was: text.slice(from, to), put, node: around, without });
  };
  const visit = (node) => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isThrowStatement(node) || spoken.test(node.expression?.getText?.(file) ?? '')) return;
    if (ts.isBinaryExpression(node)) {
      const sign = node.operatorToken.getText(file);
      // Sums of text are messages.
      const text = [node.left, node.right].some((x) => /^['`]/.test(x.getText(file)));
      if (swapped.has(sign) && !text) add(node, node.operatorToken, swapped.get(sign));
    } else if (ts.isIfStatement(node) || ts.isConditionalExpression(node)) {
      const test = node.expression ?? node.condition;
      add(test, test, `!(${test.getText(file)})`);
    } else if (node.kind === ts.SyntaxKind.TrueKeyword) add(node, node, 'false');
    else if (node.kind === ts.SyntaxKind.FalseKeyword) add(node, node, 'true');
    else if (ts.isNumericLiteral(node)) {
      // A property's name cannot be an expression.
      if (node.parent.name !== node) add(node, node, `${+node.text + 1}`);
    } else if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
      const constructs = node.expression.expression.kind === ts.SyntaxKind.SuperKeyword;
      if (!constructs) add(node, node, ';', true);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** A source with mutants of it, each behind a switch: `__mutant(number)` says whether it is on. */
export function behindSwitches(text, mutants) {
  // Outer nodes first, so that a later one lies inside an earlier one or behind it.
  const ordered = [...mutants].sort(
    (a, b) => a.node.from - b.node.from || b.node.to - a.node.to || a.number - b.number,
  );
  const render = (from, to, inside) => {
    let done = '';
    let at = from;
    for (let i = 0; i < inside.length; ) {
      const { number, node, without, ...edit } = inside[i];
      let next = i + 1;
      while (next < inside.length && inside[next].node.from < node.to) next += 1;
      const plain = render(node.from, node.to, inside.slice(i + 1, next));
      const planted = text.slice(node.from, edit.from) + edit.put + text.slice(edit.to, node.to);
      done += text.slice(at, node.from);
      done += without
        ? `{ if (!__mutant(${number})) ${plain} }`
        : `(__mutant(${number}) ? ${planted} : ${plain})`;
      at = node.to;
      i = next;
    }
    return done + text.slice(at, to);
  };
  return render(0, text.length, ordered);
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
