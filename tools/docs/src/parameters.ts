// The parameters of a function as people write them, from its type.
import ts from 'typescript';

/** A parameter. */
export interface Parameter {
  readonly name: string;
  readonly optional: boolean;
  /** Whether it takes all further arguments. */
  readonly rest: boolean;
  /** The names of the options, if it is an object of options; null if it is not. */
  readonly options: readonly string[] | null;
}

/** The parameters of a signature; where a rest parameter is `Given<[…], …>`, those inside. */
export function parametersOf(checker: ts.TypeChecker, signature: ts.Signature): Parameter[] {
  return signature.getParameters().flatMap((symbol): Parameter[] => {
    const { name, valueDeclaration: node } = symbol;
    const type = checker.getTypeOfSymbol(symbol);
    const declared = node !== undefined && ts.isParameter(node);
    if (declared && node.dotDotDotToken !== undefined) {
      return elements(checker, type) ?? [{ name, optional: true, rest: true, options: null }];
    }
    const optional = declared
      ? node.questionToken !== undefined || node.initializer !== undefined
      : (symbol.flags & ts.SymbolFlags.Optional) !== 0 || acceptsUndefined(type);
    return [parameter(checker, name, type, optional)];
  });
}

function parameter(
  checker: ts.TypeChecker,
  name: string,
  type: ts.Type,
  optional: boolean,
): Parameter {
  // A parameter that is taken apart where it is declared has no name of its own.
  const isOptions = name === 'options' || /^(__|args)_?\d+$/.test(name);
  return { name, optional, rest: false, options: isOptions ? namesOf(checker, type) : null };
}

/** The elements of a tuple, of `Given<[…], …>`, or of the first of several tuples. */
function elements(checker: ts.TypeChecker, type: ts.Type): Parameter[] | null {
  if (type.aliasSymbol?.name === 'Given' && type.aliasTypeArguments !== undefined) {
    return elements(checker, type.aliasTypeArguments[0]);
  }
  if (type.isUnion()) return elements(checker, type.types[0]);
  if (!checker.isTupleType(type)) return null;
  const tuple = type as ts.TupleTypeReference;
  const { elementFlags, labeledElementDeclarations: labels } = tuple.target;
  return checker.getTypeArguments(tuple).map((element, i): Parameter => {
    const label = labels?.[i]?.name;
    const name = label !== undefined && ts.isIdentifier(label) ? label.text : `args_${i}`;
    if (elementFlags[i] & ts.ElementFlags.Variable) {
      return { name, optional: true, rest: true, options: null };
    }
    return parameter(checker, name, element, (elementFlags[i] & ts.ElementFlags.Optional) !== 0);
  });
}

const acceptsUndefined = (type: ts.Type): boolean =>
  type.isUnion() && type.types.some((part) => part.flags & ts.TypeFlags.Undefined);

function namesOf(checker: ts.TypeChecker, type: ts.Type): string[] {
  return checker.getPropertiesOfType(checker.getNonNullableType(type)).map(({ name }) => name);
}
