// Typed code as statements that a prompt runs one after another: JavaScript, with names that outlive them.
import ts from 'typescript';

/** The function that stands in for `import` in what is run. */
export const IMPORT = '__import';

/** One statement of what was typed. */
export interface Statement {
  /** An expression, or a list of statements. */
  readonly code: string;
  readonly isExpression: boolean;
  /** Whether its value is shown. */
  readonly shows: boolean;
}

/** What was typed goes on in the next line. */
export class Incomplete extends SyntaxError {
  override name = 'SyntaxError';
}

// A template or a comment without an end, wherever it began.
const openEnded = new Set([1160, 1010]);

/**
 * TypeScript as statements of JavaScript.
 *
 * Declarations become assignments to global names, so that later lines see them and may declare them again. Imports become
 * calls of `IMPORT`. The last expression shows its value, and so does each that has no semicolon.
 *
 * @throws Incomplete if more lines have to follow, SyntaxError if it is not TypeScript.
 */
export function statementsOf(typed: string): Statement[] {
  const inBraces = /^\s*\{[\s\S]*\}\s*$/.test(typed) && errorsOf(`(${typed})`).length === 0;
  const text = inBraces ? `(${typed})` : typed;
  refuse(text);
  const file = parse(text, ts.ScriptKind.TS);
  const functions = file.statements.filter(ts.isFunctionDeclaration);
  const others = file.statements.filter((each) => !ts.isFunctionDeclaration(each));
  const last = others.at(-1);
  return [...functions, ...others].flatMap((each) => {
    const isExpression = ts.isExpressionStatement(each);
    const source = isExpression ? each.expression : each;
    const code = untyped(isExpression ? `(${source.getText(file)}\n)` : source.getText(file));
    const shows = isExpression && (each === last || !each.getText(file).endsWith(';'));
    return code === '' ? [] : [{ code, isExpression, shows }];
  });
}

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  // A name that is imported now is used by a later line.
  verbatimModuleSyntax: true,
};

const errorsOf = (typed: string): readonly ts.Diagnostic[] =>
  ts.transpileModule(typed, { compilerOptions, reportDiagnostics: true }).diagnostics ?? [];

/** Throws if this is not TypeScript, or not yet. */
function refuse(typed: string): void {
  const [first] = errorsOf(typed);
  if (first === undefined) return;
  const message = ts.flattenDiagnosticMessageText(first.messageText, ' ').replace(/\.$/, '');
  const start = first.start ?? 0;
  if (start >= typed.trimEnd().length || openEnded.has(first.code)) throw new Incomplete(message);
  const { line } = parse(typed, ts.ScriptKind.TS).getLineAndCharacterOfPosition(start);
  const where = typed.trimEnd().includes('\n') ? ` (line ${line + 1})` : '';
  throw new SyntaxError(`${message}${where}`);
}

/** One statement as JavaScript. */
function untyped(statement: string): string {
  const { outputText } = ts.transpileModule(statement, { compilerOptions });
  const file = parse(outputText, ts.ScriptKind.JS);
  return file.statements.map((each) => codeOf(each, file)).join('\n');
}

const parse = (code: string, kind: ts.ScriptKind): ts.SourceFile =>
  ts.createSourceFile('typed.ts', code, ts.ScriptTarget.ES2022, true, kind);

function codeOf(statement: ts.Statement, file: ts.SourceFile): string {
  const text = (node: ts.Node): string => withImports(node, file);
  if (ts.isImportDeclaration(statement)) return importOf(statement, file);
  if (ts.isExportDeclaration(statement)) return '';
  if (ts.isExportAssignment(statement)) return text(statement.expression);
  if (ts.isExpressionStatement(statement)) return text(statement.expression);
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
    const name = statement.name?.text;
    return name === undefined
      ? ''
      : `${name} = ${text(statement).replace(/^export (default )?/, '')};`;
  }
  if (ts.isVariableStatement(statement)) {
    const isVar = (statement.declarationList.flags & ts.NodeFlags.BlockScoped) === 0;
    return statement.declarationList.declarations
      .map(({ name, initializer }) => {
        const to = text(name);
        if (initializer !== undefined) return `(${to} = ${text(initializer)});`;
        // Of an enum, whose values are added to those it has.
        return isVar ? `globalThis.${to} ??= undefined;` : `${to} = undefined;`;
      })
      .join('\n');
  }
  return text(statement);
}

/** The text of a node, with `IMPORT` for `import(…)`. */
function withImports(node: ts.Node, file: ts.SourceFile): string {
  const start = node.getStart(file);
  let code = node.getText(file);
  const found: number[] = [];
  const visit = (each: ts.Node): void => {
    if (ts.isCallExpression(each) && each.expression.kind === ts.SyntaxKind.ImportKeyword) {
      found.push(each.expression.getStart(file) - start);
    }
    ts.forEachChild(each, visit);
  };
  visit(node);
  for (const at of found.reverse()) {
    code = code.slice(0, at) + IMPORT + code.slice(at + 'import'.length);
  }
  return code;
}

function importOf({ importClause, moduleSpecifier }: ts.ImportDeclaration, file: ts.SourceFile) {
  const from = `await ${IMPORT}(${moduleSpecifier.getText(file)})`;
  const named = importClause?.namedBindings;
  const lines: string[] = [];
  if (importClause?.name !== undefined)
    lines.push(`${importClause.name.text} = (${from}).default;`);
  if (named !== undefined && ts.isNamespaceImport(named))
    lines.push(`${named.name.text} = ${from};`);
  if (named !== undefined && ts.isNamedImports(named)) {
    const names = named.elements.map(({ propertyName, name }) =>
      propertyName === undefined ? name.text : `${propertyName.text}: ${name.text}`,
    );
    lines.push(`({ ${names.join(', ')} } = ${from});`);
  }
  return lines.length > 0 ? lines.join('\n') : `${from};`;
}
