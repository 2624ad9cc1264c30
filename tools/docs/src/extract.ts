// The exports of packages, from their sources: what stands in the documentation comments, and the types.
import { join, relative } from 'node:path';
import ts from 'typescript';
import { type Parameter, parametersOf } from './parameters.js';

/** What kind of thing an export is. */
export type Kind = 'class' | 'function' | 'constant' | 'type';

/** An export, or a member of one. */
export interface Entry {
  readonly name: string;
  readonly package: string;
  readonly kind: Kind;
  readonly signatures: readonly string[];
  /** The parameters of the first signature; null for what is not called. */
  readonly parameters: readonly Parameter[] | null;
  /** The comment's text; empty if there is none. */
  readonly text: string;
  readonly params: readonly { readonly name: string; readonly text: string }[];
  readonly returns: string;
  readonly throws: readonly string[];
  readonly examples: readonly string[];
  /** Path from the repository's root, and the line. */
  readonly file: string;
  readonly line: number;
  readonly source: string;
  /** Methods and properties of a class, functions of an object, fields of an interface. */
  readonly members: readonly Omit<Entry, 'members' | 'source' | 'hidden'>[];
  /** Members of a class that are nobody's business. */
  readonly hidden: readonly string[];
}

/** The exports of the packages of a repository. */
export function extract(root: string, packages: readonly string[]): Entry[] {
  const files = packages.map((name) => join(root, 'packages', name, 'src/index.ts'));
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    baseUrl: root,
    paths: {
      '@dl/core/functional': ['packages/core/src/functional.ts'],
      '@dl/core/testing': ['packages/core/src/testing.ts'],
      '@dl/*': ['packages/*/src/index.ts'],
    },
  });
  const checker = program.getTypeChecker();
  return packages.flatMap((name, i) => {
    const file = program.getSourceFile(files[i]);
    const module = file && checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`reference: ${files[i]} has no exports`);
    const entries = checker.getExportsOfModule(module).map((symbol) => {
      const own = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return entryOf(checker, root, `@dl/${name}`, symbol.name, own);
    });
    return entries.map((entry) => ({
      ...entry,
      members: entry.members.map((member) => located(member, entries)),
    }));
  });
}

/** A method from the generated interface, at the place of the function that it calls. */
function located<M extends { name: string; file: string; line: number }>(
  member: M,
  entries: readonly Entry[],
): M {
  if (!member.file.endsWith('/tensor-methods.ts')) return member;
  const called = [member.name, member.name.replace(/_$/, '')];
  const { file, line } = entries.find((e) => called.includes(e.name)) ?? member;
  return { ...member, file, line };
}

function entryOf(
  checker: ts.TypeChecker,
  root: string,
  package_: string,
  name: string,
  symbol: ts.Symbol,
): Entry {
  const declaration = symbol.valueDeclaration ?? symbol.declarations?.[0];
  const described = describe(checker, root, package_, name, symbol);
  const node = declaration && statementOf(declaration);
  const members = new Map<string, Omit<Entry, 'members' | 'source' | 'hidden'>>();
  const hidden: string[] = [];
  for (const member of partsOf(checker, symbol)) {
    if (member.name.startsWith('__') || isInternal(member)) hidden.push(member.name);
    else members.set(member.name, describe(checker, root, package_, member.name, member));
  }
  // Of an object of functions the type is the list of them, which `dir` shows better.
  const object = described.kind === 'constant' && members.size > 0;
  return {
    ...described,
    signatures: object ? [name] : described.signatures,
    source: node?.getText() ?? '',
    members: [...members.values()],
    hidden,
  };
}

/** What has a page of its own below an export's: see `members`. */
function partsOf(checker: ts.TypeChecker, symbol: ts.Symbol): readonly ts.Symbol[] {
  if (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) {
    const own = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol));
    // Those of the language's own, such as an Error's, are known from elsewhere.
    return own.filter((part) => !/\/node_modules\//.test(fileOf(part)));
  }
  if (symbol.flags & ts.SymbolFlags.Module) {
    const all = checker.getExportsOfModule(symbol).map(original);
    return all.filter((part) => part.flags & ts.SymbolFlags.Value);
  }
  const node = symbol.valueDeclaration;
  if (node === undefined || !ts.isVariableDeclaration(node)) return [];
  const value = node.initializer;
  if (value === undefined || !ts.isObjectLiteralExpression(value)) return [];
  return checker
    .getPropertiesOfType(checker.getTypeAtLocation(value))
    .map((part) => {
      const at = part.valueDeclaration;
      // A comment may stand at the property, or at what it names.
      const said = part.getDocumentationComment(checker).length > 0;
      return at !== undefined && ts.isShorthandPropertyAssignment(at) && !said
        ? original(checker.getShorthandAssignmentValueSymbol(at) ?? part)
        : part;
    })
    .filter((part) => checker.getTypeOfSymbol(part).getCallSignatures().length > 0);

  function original(part: ts.Symbol): ts.Symbol {
    return part.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(part) : part;
  }
}

const fileOf = (symbol: ts.Symbol): string =>
  symbol.declarations?.[0]?.getSourceFile().fileName ?? '';

function describe(
  checker: ts.TypeChecker,
  root: string,
  package_: string,
  name: string,
  symbol: ts.Symbol,
): Omit<Entry, 'members' | 'source' | 'hidden'> {
  const declaration = symbol.valueDeclaration ?? symbol.declarations?.[0];
  const file = declaration?.getSourceFile();
  const tags = symbol.getJsDocTags(checker);
  const textOf = (tag: ts.JSDocTagInfo): string => ts.displayPartsToString(tag.text);
  const all = (kind: string): string[] =>
    tags.filter((tag) => tag.name === kind).map((tag) => textOf(tag).trim());
  return {
    name,
    package: package_,
    kind: kindOf(checker, symbol),
    signatures: signaturesOf(checker, symbol, name),
    parameters: firstParameters(checker, symbol),
    text:
      ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim() ||
      opening(symbol, file),
    params: all('param').map((text) => {
      const [, param = '', rest = ''] = /^(\S+(?:, \S+)*)\s*([\s\S]*)$/.exec(text) ?? [];
      return { name: param, text: rest };
    }),
    returns: all('returns').join(' '),
    throws: all('throws'),
    examples: all('example'),
    file: file === undefined ? '' : relative(root, file.fileName),
    line:
      declaration === undefined || file === undefined
        ? 0
        : file.getLineAndCharacterOfPosition(declaration.getStart()).line + 1,
  };
}

/** Of a whole module (`export * as scalar`), the line that says what lives there. */
function opening(symbol: ts.Symbol, file: ts.SourceFile | undefined): string {
  if (!(symbol.flags & ts.SymbolFlags.Module) || file === undefined) return '';
  return (/^\/\/ (.*)/.exec(file.getFullText())?.[1] ?? '').trim();
}

function kindOf(checker: ts.TypeChecker, symbol: ts.Symbol): Kind {
  if (symbol.flags & ts.SymbolFlags.Class) return 'class';
  if (symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Method)) return 'function';
  if (symbol.flags & ts.SymbolFlags.Value) {
    const type = checker.getTypeOfSymbol(symbol);
    if (type.getConstructSignatures().length > 0) return 'class';
    return type.getCallSignatures().length > 0 ? 'function' : 'constant';
  }
  return 'type';
}

const FORMAT =
  ts.TypeFormatFlags.NoTruncation |
  ts.TypeFormatFlags.WriteArrowStyleSignature |
  ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;

/** `conv2d(x: Tensor, …): Tensor`, one for each way to call it; `new Linear(…)` for classes. */
function signaturesOf(checker: ts.TypeChecker, symbol: ts.Symbol, name: string): string[] {
  if (!(symbol.flags & ts.SymbolFlags.Value)) {
    const declaration = symbol.declarations?.[0];
    return declaration === undefined ? [] : [declaration.getText().split('\n')[0]];
  }
  const type = checker.getTypeOfSymbol(symbol);
  const made = type.getConstructSignatures();
  const calls = callsOf(checker, symbol);
  if (calls.length === 0) return [`${name}: ${checker.typeToString(type, undefined, FORMAT)}`];
  return calls.map((signature) => {
    const text = checker.signatureToString(
      signature,
      undefined,
      FORMAT & ~ts.TypeFormatFlags.WriteArrowStyleSignature,
    );
    return made.length > 0 ? `new ${name}${text.replace(/: [^:]*$/, '')}` : `${name}${text}`;
  });
}

/** How a value is called: the signatures of its constructor, or its own. */
function callsOf(checker: ts.TypeChecker, symbol: ts.Symbol): readonly ts.Signature[] {
  const type = checker.getTypeOfSymbol(symbol);
  const made = type.getConstructSignatures();
  return made.length > 0 ? made : type.getCallSignatures();
}

function firstParameters(checker: ts.TypeChecker, symbol: ts.Symbol): Parameter[] | null {
  if (!(symbol.flags & ts.SymbolFlags.Value)) return null;
  const [first] = callsOf(checker, symbol);
  return first === undefined ? null : parametersOf(checker, first);
}

const isInternal = (symbol: ts.Symbol): boolean =>
  symbol.getJsDocTags().some((tag) => tag.name === 'internal') ||
  (symbol.declarations ?? []).some(
    (d) =>
      (ts.getCombinedModifierFlags(d) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !==
      0,
  );

/** The whole statement of a declaration: `export const x = …` for `x`. */
function statementOf(declaration: ts.Declaration): ts.Node {
  return ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
}
