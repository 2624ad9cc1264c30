/** Rows, the heading first, as a Markdown table whose columns are aligned. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, c) =>
    Math.max(3, ...rows.map((row) => row[c]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, c) => text.padEnd(widths[c])).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((n) => '-'.repeat(n))), ...body.map(line)].join('\n');
}
