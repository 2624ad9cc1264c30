// The interface of a tensor's methods, printed from the functions and the table in packages/core/src/methods.ts: editors show
// its descriptions and forms, where a computed type would show neither.
import { join, relative } from 'node:path';
import ts from 'typescript';

const header = `// Generated from methods.ts and the functions' descriptions: node tools/scripts/tensor-methods.mjs --write
`;

/** The two files that follow from the table of methods, with their text. */
export function tensorMethodFiles(root) {
  const core = join(root, 'packages/core');
  const src = join(core, 'src');
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(core, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    core,
  );
  const program = ts.createProgram([join(src, 'index.ts')], { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  const exportsOf = (file) =>
    new Map(
      checker
        .getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(join(src, file))))
        .map((s) => [s.name, s.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(s) : s]),
    );
  const literalsOf = (file, name) =>
    checker
      .getDeclaredTypeOfSymbol(exportsOf(file).get(name))
      .types.map((t) => checker.typeToString(t));
  const functions = exportsOf('functional.ts');
  const methods = exportsOf('methods.ts');
  const sources = checker.getDeclaredTypeOfSymbol(methods.get('MethodSources'));
  const printer = new TypePrinter(
    checker,
    src,
    literalsOf('dtype.ts', 'DType'),
    literalsOf('backend/device-name.ts', 'Device'),
  );
  const properties = checker.getPropertiesOfType(sources);
  const byName = new Map(properties.map((p) => [p.name, p]));
  const members = properties
    .map((symbol) => ({ name: symbol.name, text: memberText(symbol) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

  function memberText(symbol) {
    const plain = functions.has(symbol.name)
      ? undefined
      : byName.get(symbol.name.replace(/_$/, ''));
    const typed = plain ?? symbol;
    const type = checker.getTypeOfSymbol(typed);
    const name = symbolName(symbol);
    const described = descriptionOf(symbol, functions, checker);
    if (type.getCallSignatures().length === 0) {
      return `${described('')}readonly ${name}: ${printer.print(type)};`;
    }
    const forms = type
      .getCallSignatures()
      .flatMap((s) => printer.formsOf(s, placesOf(symbol.name, functions, checker)));
    return [...new Set(forms)]
      .map((form, i) => `${i === 0 ? described(form) : ''}${name}${form};`)
      .join('\n');
  }

  const names = operatorNames(
    members.map((m) => m.name).filter((n) => /^\w+$/.test(n)),
    exportsOf('essentials.ts'),
    checker,
  );
  const elementwise = names.filter((n) => names.includes(`${n}_`) && !functions.has(`${n}_`));
  const others = names.filter((n) => !elementwise.includes(n.replace(/_$/, '')));
  return new Map([
    [
      join(src, 'tensor-methods.ts'),
      `${header}${printer.imports()}
/**
 * The operators that tensors have as methods; each does what the function of its name does. \`T\` is the tensor.
 */
export interface TensorMethods<T> {
${members.map((m) => m.text).join('\n')}
}
`,
    ],
    [
      join(src, 'method-names.ts'),
      `${header}
/** Names of elementwise operators, each of which has a form in place, \`name_\`, too. */
export const elementwiseNames =
  '${elementwise.join(' ')}';

/** Names of the other methods that are operators. */
export const otherNames =
  '${others.join(' ')}';
`,
    ],
  ]);
}

/** Names without those that every tensor has. */
function operatorNames(names, essentials, checker) {
  const own = new Set(
    checker
      .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(essentials.get('EssentialMethods')))
      .map((s) => s.name),
  );
  return names.filter((n) => !own.has(n));
}

/** A member's name as it stands in an interface: `[Symbol.iterator]` for a symbol. */
function symbolName(symbol) {
  const known = /^__@(\w+)@/.exec(symbol.escapedName);
  return known ? `[Symbol.${known[1]}]` : symbol.name;
}

/** The call of `callable` that makes a function, also within another call. */
function callOf(symbol) {
  const find = (node) =>
    node === undefined || !ts.isCallExpression(node)
      ? undefined
      : node.arguments.length >= 3 && ts.isArrayLiteralExpression(node.arguments[2])
        ? node
        : find(node.arguments[0]);
  const declaration = symbol?.valueDeclaration;
  return declaration && ts.isVariableDeclaration(declaration)
    ? find(declaration.initializer)
    : undefined;
}

/** The names of a function's places behind its first one. */
function placesOf(name, functions, checker) {
  const f = functions.get(name) ?? functions.get(name.replace(/_$/, ''));
  const call = callOf(f);
  if (call === undefined) return [];
  const typed = checker.getResolvedSignature(call)?.parameters[2];
  const places = typed && checker.getTypeOfSymbolAtLocation(typed, call);
  if (!places || !checker.isTupleType(places)) return [];
  return checker
    .getTypeArguments(places)
    .slice(1)
    .map((place) => {
      const property = checker.getPropertyOfType(place, 'name');
      const type = property && checker.getTypeOfSymbol(property);
      return type?.isStringLiteral() ? type.value : undefined;
    });
}

/** What is said of a method: its own description, or that of the function of its name. */
function descriptionOf(symbol, functions, checker) {
  const own = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  const inPlace = symbol.name.endsWith('_') && !functions.has(symbol.name);
  const source = functions.get(symbol.name) ?? functions.get(symbol.name.replace(/_$/, ''));
  const described =
    own !== '' && !/^See the function|; see the function/.test(own) ? symbol : (source ?? symbol);
  const text = ts.displayPartsToString(described.getDocumentationComment(checker));
  const tags = described.getJsDocTags(checker);
  const first = source === undefined ? undefined : firstParameterOf(source);
  return () => {
    const lines = (inPlace ? inPlaceText(symbol.name, text) : text).split('\n');
    for (const tag of tags) {
      const said = ts.displayPartsToString(tag.text);
      if (tag.name === 'param') {
        if (!said.startsWith(`${first} `) || described === symbol) lines.push(`@param ${said}`);
      } else if (tag.name === 'example')
        lines.push(
          `@example ${said
            .split('\n')
            .map((line) => asMethod(line, symbol.name, inPlace))
            .join('\n')}`,
        );
      else lines.push(`@${tag.name} ${said}`.trimEnd());
    }
    return `/**\n${lines
      .flatMap((l) => l.replace(/\{@link (\w+)\}/g, '`$1`').split('\n'))
      .map((l) => ` * ${l}`.trimEnd())
      .join('\n')}\n */\n`;
  };
}

function firstParameterOf(symbol) {
  const first = callOf(symbol)?.arguments[2].elements[0];
  return /need\('(\w+)'/.exec(first?.getText() ?? '')?.[1] ?? 'x';
}

/** The description of `f` for `f_`. */
function inPlaceText(name, text) {
  const plain = name.slice(0, -1);
  const pytorch = /\(PyTorch: `(?:torch|F|Tensor|x|nn\.functional)\.(\w+)/.exec(text)?.[1] ?? plain;
  const rest = text.replace(/\s*\(PyTorch: [^)]*\)/, '');
  return `${rest}\nIn place: the result replaces the tensor's elements (PyTorch: \`Tensor.${pytorch}_\`).`;
}

/** `f(x, 1)` as `x.f(1)`. */
function asMethod(example, name, inPlace) {
  const plain = inPlace ? name.slice(0, -1) : name;
  const call = new RegExp(`(?<![\\w.])${plain}\\(`).exec(example);
  if (call === null) return example;
  const open = call.index + call[0].length;
  let depth = 0;
  for (let i = open; i < example.length; i++) {
    const c = example[i];
    if (depth === 0 && (c === ',' || c === ')')) {
      const first = example.slice(open, i);
      const rest = c === ',' ? example.slice(i + 1).trimStart() : example.slice(i);
      if (!/^[\w$]+(\(|$|\.)/.test(first)) return example;
      return `${example.slice(0, call.index)}${first}.${name}(${rest}`;
    }
    if ('([{'.includes(c)) depth++;
    if (')]}'.includes(c)) depth--;
  }
  return example;
}

/** Prints types with `T` in the place of Tensor, and with what would import Tensor written out. */
class TypePrinter {
  #checker;
  #src;
  #imported = new Map();
  #dtypes;
  #devices;

  constructor(checker, src, dtypes, devices) {
    this.#checker = checker;
    this.#src = src;
    this.#dtypes = dtypes;
    this.#devices = devices;
  }

  imports() {
    return [...this.#imported]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([file, names]) => `import type { ${[...names].sort().join(', ')} } from '${file}';\n`)
      .join('');
  }

  /** The forms of a call, `(dim: number): T`: several where the arguments are a union of lists. */
  formsOf(signature, places) {
    const checker = this.#checker;
    const result = this.print(checker.getReturnTypeOfSignature(signature));
    const parameters = signature.getParameters();
    const last = parameters.at(-1);
    const lastType = last && checker.getTypeOfSymbol(last);
    const isRest = last?.valueDeclaration?.dotDotDotToken !== undefined;
    if (parameters.length === 1 && isRest && !checker.isArrayType(lastType)) {
      const lists = lastType.isUnion() ? lastType.types : [lastType];
      return lists.map((list) => {
        const printed = checker.isTupleType(list)
          ? this.#list(list, places)
          : `...${last.name}: ${this.print(list)}`;
        return `(${printed}): ${result}`;
      });
    }
    const printed = parameters.map((p) => {
      const type = checker.getTypeOfSymbol(p);
      const node = p.valueDeclaration;
      if (node?.dotDotDotToken) return `...${p.name}: ${this.print(type)}`;
      const optional = node?.questionToken !== undefined || node?.initializer !== undefined;
      return `${p.name}${optional ? '?' : ''}: ${this.print(type, optional)}`;
    });
    return [`${this.#typeParameters(signature)}(${printed.join(', ')}): ${result}`];
  }

  /** `<N extends number>`, as it is declared. */
  #typeParameters(signature) {
    const declared = signature.getDeclaration()?.typeParameters ?? [];
    return declared.length === 0 ? '' : `<${declared.map((p) => p.getText()).join(', ')}>`;
  }

  /** A tuple as a list of parameters. */
  #list(tuple, places) {
    const { elementFlags, labeledElementDeclarations } = tuple.target;
    const types = this.#checker.getTypeArguments(tuple);
    const used = new Set();
    return types
      .map((type, i) => {
        const label = labeledElementDeclarations?.[i]?.name?.getText();
        const own = this.#checker.getNonNullableType(type);
        // Tensors and lists are objects too, which have names of their own.
        const isOptions =
          i === types.length - 1 &&
          isObject(own) &&
          !this.#checker.isArrayLikeType(own) &&
          this.print(own) !== 'T';
        let name = isOptions ? 'options' : (places[i] ?? label ?? 'others');
        if (used.has(name)) name = 'others';
        used.add(name);
        const flags = elementFlags[i];
        if (flags & ts.ElementFlags.Rest) return `...${name}: ${parenthesized(this.print(type))}[]`;
        const optional = (flags & ts.ElementFlags.Optional) !== 0;
        return `${name}${optional ? '?' : ''}: ${this.print(type, optional, isOptions ? places : [])}`;
      })
      .join(', ');
  }

  /** A type; without `undefined` for what is optional. */
  print(type, optional = false, first = []) {
    const checker = this.#checker;
    const symbol = type.aliasSymbol ?? type.symbol;
    const name = symbol?.name;
    if (type.flags & ts.TypeFlags.Any)
      throw new Error('A method takes or returns `any`: give its function types.');
    if (name === 'Tensor' || (type.flags & ts.TypeFlags.TypeParameter && type.isThisType))
      return 'T';
    if (!type.isUnion() && type.aliasTypeArguments) {
      const alias = this.#importable(type.aliasSymbol);
      if (alias !== null) return alias + this.#arguments(type);
    }
    if (type.isUnion()) return this.#union(type, optional, first);
    if (checker.isTupleType(type)) {
      const items = checker.getTypeArguments(type).map((t) => this.print(t));
      return `${type.target.readonly ? 'readonly ' : ''}[${items.join(', ')}]`;
    }
    if (checker.isArrayType(type)) {
      const of = parenthesized(this.print(checker.getTypeArguments(type)[0]));
      return `${type.symbol.name === 'ReadonlyArray' ? 'readonly ' : ''}${of}[]`;
    }
    if (isObject(type)) return this.#object(type, symbol, first);
    if (type.isIntersection()) return type.types.map((t) => this.print(t)).join(' & ');
    return checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation);
  }

  #union(type, optional, first = []) {
    const alias = this.#importable(type.aliasSymbol);
    const parts = type.types.filter((t) => !(optional && t.flags & ts.TypeFlags.Undefined));
    if (alias !== null && parts.length === type.types.length) return alias + this.#arguments(type);
    // An alias within a larger union is lost to the checker: DType is the one that matters.
    const printed = this.#grouped(parts, first);
    return printed.map((p) => (/=>/.test(p) ? `(${p})` : p)).join(' | ');
  }

  #grouped(parts, first) {
    const texts = parts.map((t) => this.print(t, false, first));
    const without = (names, alias, file) => {
      const all = names.every((n) => texts.includes(n));
      if (!all) return;
      const at = texts.indexOf(names[0]);
      for (const n of names) texts[texts.indexOf(n)] = '';
      texts[at] = alias;
      if (file !== undefined) this.#note(file, alias);
    };
    without(['false', 'true'], 'boolean');
    without(this.#dtypes, 'DType', './dtype.js');
    without(this.#devices, 'Device', './backend/device-name.js');
    const left = [...new Set(texts.filter((t) => t !== ''))];
    return [...left.filter((t) => t !== 'null'), ...left.filter((t) => t === 'null')];
  }

  #arguments(type) {
    const given = type.aliasTypeArguments ?? [];
    return given.length === 0 ? '' : `<${given.map((t) => this.print(t)).join(', ')}>`;
  }

  #object(type, symbol, first) {
    const checker = this.#checker;
    const signatures = type.getCallSignatures();
    if (signatures.length > 0 && checker.getPropertiesOfType(type).length === 0) {
      const [form] = this.formsOf(signatures[0], []);
      return form.replace(/\): ([^)]*)$/, ') => $1');
    }
    const alias = this.#importable(symbol);
    if (alias !== null) {
      const all = type.aliasTypeArguments ?? (type.target ? checker.getTypeArguments(type) : []);
      const given = all.filter((t) => !(t.flags & ts.TypeFlags.Any));
      return alias + (given.length === 0 ? '' : `<${given.map((t) => this.print(t)).join(', ')}>`);
    }
    if (symbol?.name === 'Pair') {
      this.#note('./pair.js', 'PairOf');
      return 'PairOf<T>';
    }
    const properties = checker.getPropertiesOfType(type);
    const rank = (p) => (first.includes(p.name) ? first.indexOf(p.name) : first.length);
    const members = [...properties]
      .sort((a, b) => rank(a) - rank(b))
      .map((p) => {
        const optional = (p.flags & ts.SymbolFlags.Optional) !== 0;
        const of = checker.getTypeOfSymbol(p);
        return `${p.name}${optional ? '?' : ''}: ${this.print(of, optional)}`;
      });
    return `{ ${members.join('; ')} }`;
  }

  /** The name of a type that a file without tensors, or JavaScript itself, declares; else null. */
  #importable(symbol) {
    const file = symbol?.declarations?.[0]?.getSourceFile();
    if (!file || symbol.name.startsWith('__')) return null;
    if (/\/lib\.[\w.]+\.d\.ts$/.test(file.fileName)) return symbol.name;
    const from = relative(this.#src, file.fileName).replaceAll('\\', '/');
    if (
      ![
        'dtype.ts',
        'shape.ts',
        'tensor-values.ts',
        'tuple.ts',
        'backend/device-name.ts',
        'random/generator.ts',
      ].includes(from)
    ) {
      return null;
    }
    this.#note(`./${from.replace(/\.ts$/, '.js')}`, symbol.name);
    return symbol.name;
  }

  #note(file, name) {
    this.#imported.set(file, (this.#imported.get(file) ?? new Set()).add(name));
  }
}

const isObject = (type) => (type.flags & ts.TypeFlags.Object) !== 0;
const parenthesized = (text) => (/[|&]|=>/.test(text) ? `(${text})` : text);
