// The public surface of a package as one text: every export with its full type, without comments, sorted.
import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** The text of a declaration without its comments and with one kind of space. */
function plain(printer, node, file) {
  return printer
    .printNode(ts.EmitHint.Unspecified, node, file)
    .replace(/^(export )?(declare )?/, '')
    .trim();
}

/** What a declaration file declares and what of it is exported under which name. */
function read(file) {
  const declared = new Map();
  const exported = new Map();
  const imports = [];
  const add = (name, node) => {
    if (!declared.has(name)) declared.set(name, []);
    declared.get(name).push(node);
  };
  for (const node of file.statements) {
    if (ts.isImportDeclaration(node)) imports.push(node);
    else if (ts.isVariableStatement(node)) {
      for (const each of node.declarationList.declarations) add(each.name.getText(file), each);
    } else if (ts.isExportDeclaration(node)) {
      for (const each of node.exportClause?.elements ?? []) {
        exported.set(each.name.text, {
          local: (each.propertyName ?? each.name).text,
          typeOnly: node.isTypeOnly || each.isTypeOnly,
        });
      }
    } else if (node.name) add(node.name.text, node);
    else throw new Error(`an api report does not know ${ts.SyntaxKind[node.kind]}`);
  }
  return { declared, exported, imports };
}

/** The names that a node mentions. */
function mentioned(node, found = new Set()) {
  if (ts.isIdentifier(node)) found.add(node.text);
  ts.forEachChild(node, (child) => {
    mentioned(child, found);
  });
  return found;
}

/** The names that a declaration file exports, sorted. */
export function exportedNames(path) {
  const text = readFileSync(path, 'utf8');
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  return [...read(file).exported.keys()].sort();
}

/**
 * The report of a bundled declaration file: its exports, then what is not exported and they mention,
 * since a change there is a change of the surface too.
 */
export function apiReport(name, path) {
  const text = readFileSync(path, 'utf8');
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });
  const { declared, exported, imports } = read(file);
  const body = (local) =>
    (declared.get(local) ?? [])
      .map((node) => {
        const kind = ts.isVariableDeclaration(node) ? 'const ' : '';
        return `${kind}${plain(printer, node, file)}${kind ? ';' : ''}`;
      })
      .join('\n');
  const names = [...exported.keys()].sort();
  const locals = new Set(names.map((each) => exported.get(each).local));
  const shown = names.map((each) => {
    const { local, typeOnly } = exported.get(each);
    const note = local === each ? '' : `// ${local} as ${each}\n`;
    return `${note}export ${typeOnly && !declared.has(local) ? 'type ' : ''}${body(local) || `{ ${each} } // from elsewhere`}`;
  });
  const inner = new Set();
  const queue = [...locals];
  while (queue.length > 0) {
    for (const node of declared.get(queue.pop()) ?? []) {
      for (const other of mentioned(node)) {
        if (!declared.has(other) || locals.has(other) || inner.has(other)) continue;
        inner.add(other);
        queue.push(other);
      }
    }
  }
  const parts = [
    `# ${name}\n\nThe public surface, from the built declarations: \`pnpm api-report --write\`.`,
    `${names.length} exports.`,
    `\`\`\`ts\n${[...imports.map((node) => plain(printer, node, file)).sort(), ...shown].join('\n\n')}\n\`\`\``,
  ];
  if (inner.size > 0) {
    const rest = [...inner].sort().map(body);
    parts.push(`Not exported, and mentioned by what is:\n\n\`\`\`ts\n${rest.join('\n\n')}\n\`\`\``);
  }
  return `${parts.join('\n\n')}\n`;
}
