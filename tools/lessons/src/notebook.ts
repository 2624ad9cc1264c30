// A notebook from a program: Jupyter's format 4 (nbformat.readthedocs.io), one cell for each part.

/** A part of a program: text, or code. */
export interface Cell {
  readonly kind: 'markdown' | 'code';
  readonly lines: readonly string[];
}

const heading = /^console\.log\('(?:\\n)?# (.*)'\);$/;

/**
 * The cells of a program. Its opening comment, the headings that it prints (`console.log('# …')`) and
 * comments that follow an empty line at the outermost level become text; what stands between is code.
 */
export function cellsOf(source: string, title: string): Cell[] {
  const lines = source.trimEnd().split('\n');
  const cells: Cell[] = [];
  let code: string[] = [];
  const flush = (): void => {
    while (code[0] === '') code.shift();
    while (code.at(-1) === '') code.pop();
    if (code.length > 0) cells.push({ kind: 'code', lines: code });
    code = [];
  };
  const opening: string[] = [];
  while (lines[0]?.startsWith('// ')) opening.push((lines.shift() as string).slice(3));
  cells.push({ kind: 'markdown', lines: [`# ${title}`, '', ...opening] });
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    const [, head] = heading.exec(line) ?? [];
    if (head !== undefined) {
      flush();
      cells.push({ kind: 'markdown', lines: [`## ${head.replaceAll("\\'", "'")}`] });
    } else if (line.startsWith('// ') && (code.at(-1) ?? '') === '') {
      flush();
      const text: string[] = [];
      for (; lines[i]?.startsWith('// '); i++) text.push(lines[i].slice(3));
      i--;
      cells.push({ kind: 'markdown', lines: text });
    } else {
      // A notebook is no module: its folder is where it runs.
      code.push(line.replaceAll('import.meta.url', "process.cwd() + '/notebook.js'"));
    }
  }
  flush();
  return cells;
}

/** The file of a notebook, as Jupyter itself would lay it out. */
export function notebookOf(cells: readonly Cell[]): string {
  const ended = (lines: readonly string[]): string[] =>
    lines.map((line, i) => (i < lines.length - 1 ? `${line}\n` : line));
  const notebook = {
    cells: cells.map(({ kind, lines }, i) => ({
      cell_type: kind,
      ...(kind === 'code' && { execution_count: null }),
      id: `part-${i}`,
      metadata: {},
      ...(kind === 'code' && { outputs: [] }),
      source: ended(lines),
    })),
    metadata: {
      kernelspec: { display_name: 'TypeScript', language: 'typescript', name: 'tslab' },
      language_info: { file_extension: '.ts', mimetype: 'text/typescript', name: 'typescript' },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return `${JSON.stringify(notebook, null, 1)}\n`;
}
