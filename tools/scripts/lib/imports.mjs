// Lists what a source file imports: static, type-only, dynamic, re-exported and import('...') types.
import ts from 'typescript';

/** Whether an import or export statement brings in types only. */
function isTypeOnly(node) {
  if (ts.isExportDeclaration(node)) {
    if (node.isTypeOnly) return true;
    const clause = node.exportClause;
    return (
      !!clause &&
      ts.isNamedExports(clause) &&
      clause.elements.length > 0 &&
      clause.elements.every((element) => element.isTypeOnly)
    );
  }
  // `import { type A } from 'x'` still loads x under verbatimModuleSyntax, so it counts as a value.
  return ts.isImportDeclaration(node) && !!node.importClause?.isTypeOnly;
}

/** What one syntax node imports, or `undefined`. */
function importOf(node) {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
    return { at: node.moduleSpecifier, typeOnly: isTypeOnly(node), dynamic: false };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { at: node.argument.literal, typeOnly: true, dynamic: false };
  }
  if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
    const at = node.moduleReference.expression;
    return { at, typeOnly: node.isTypeOnly, dynamic: false };
  }
  if (ts.isCallExpression(node) && node.arguments.length > 0) {
    const callee = node.expression;
    const dynamic = callee.kind === ts.SyntaxKind.ImportKeyword;
    if (dynamic || (ts.isIdentifier(callee) && callee.text === 'require')) {
      return { at: node.arguments[0], typeOnly: false, dynamic: true };
    }
  }
  return undefined;
}

/** The imports of a file: `{ specifier, typeOnly, dynamic, line }` for each. */
export function importsOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    const hit = importOf(node);
    if (hit && ts.isStringLiteralLike(hit.at)) {
      const line = source.getLineAndCharacterOfPosition(hit.at.getStart(source)).line + 1;
      const { typeOnly, dynamic } = hit;
      found.push({ specifier: hit.at.text, typeOnly, dynamic, line });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
