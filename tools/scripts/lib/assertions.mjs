// Type assertions that do nothing: `x as T` where x is of type T, `x!` where x is never null or undefined.
import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import ts from 'typescript';
import { programs } from './types.mjs';

/** Whether the type of an expression follows from what it is asserted to be, so that the assertion does something. */
function takesContext(node, checker) {
  if (ts.isArrayLiteralExpression(node) || ts.isObjectLiteralExpression(node)) return true;
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return true;
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
    const { declaration } = checker.getResolvedSignature(node) ?? {};
    // A class without an explicit constructor has no declaration of it.
    return declaration === undefined
      ? ts.isNewExpression(node)
      : (declaration.typeParameters?.length ?? 0) > 0 ||
          ts.isConstructorDeclaration(declaration) ||
          ts.isConstructSignatureDeclaration(declaration);
  }
  return (
    (ts.isParenthesizedExpression(node) ||
      ts.isConditionalExpression(node) ||
      ts.isAwaitExpression(node) ||
      ts.isBinaryExpression(node)) &&
    ts.forEachChild(node, (child) => takesContext(child, checker) || undefined) === true
  );
}

/** Whether an assertion leaves the type as it was. */
function doesNothing(node, checker) {
  if (ts.isNonNullExpression(node)) {
    const type = checker.getTypeAtLocation(node.expression);
    return (
      (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) === 0 &&
      checker.getNonNullableType(type) === type
    );
  }
  if (!ts.isAsExpression(node) || ts.isConstTypeReference(node.type)) return false;
  if (takesContext(node.expression, checker)) return false;
  return checker.getTypeAtLocation(node.expression) === checker.getTypeFromTypeNode(node.type);
}

/** Programs as users write them, whose compilers may take an element of an array for undefined. */
const usersOwn = /^(?:apps\/(?!digits|playground|repl)|tools\/release-proof\/programs\/)/;

/** A host that reads and parses a file once for all programs. */
function sharedHost(options, parsed) {
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, how, ...more) => {
    const key = `${name} ${how.languageVersion ?? how} ${how.impliedNodeFormat ?? ''}`;
    if (!parsed.has(key)) parsed.set(key, getSourceFile.call(host, name, how, ...more));
    return parsed.get(key);
  };
  return host;
}

/**
 * The assertions that do nothing, in the files of all projects.
 *
 * @param options `write`: takes them out; `only`: whether to look at a file.
 * @returns a line each.
 */
export function idleAssertions(root, { write = false, only = () => true } = {}) {
  const found = [];
  const seen = new Set();
  const parsed = new Map();
  for (const { names, options } of programs(root)) {
    const host = sharedHost(options, parsed);
    const program = ts.createProgram([...names], { ...options, noEmit: true }, host);
    const checker = program.getTypeChecker();
    for (const name of names) {
      const file = program.getSourceFile(name);
      if (file === undefined || seen.has(name)) continue;
      const path = relative(root, name).replaceAll('\\', '/');
      if (usersOwn.test(path) || !only(path)) continue;
      seen.add(name);
      const edits = [];
      const visit = (node) => {
        ts.forEachChild(node, visit);
        if (!doesNothing(node, checker)) return;
        const { line } = file.getLineAndCharacterOfPosition(node.getStart());
        found.push(`${path}:${line + 1}: ${node.getText().replace(/\s+/g, ' ')}`);
        // Only what is written behind the expression goes, so that edits may lie in one another.
        edits.push([node.expression.end, node.end]);
      };
      visit(file);
      if (!write || edits.length === 0) continue;
      let text = readFileSync(name, 'utf8');
      for (const [from, to] of edits.sort((a, b) => b[0] - a[0])) {
        text = text.slice(0, from) + text.slice(to);
      }
      writeFileSync(name, text);
    }
  }
  return found;
}
