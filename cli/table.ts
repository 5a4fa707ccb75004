// Prints a meta.k8s.io Table in columns, as kubectl does: three blanks between, upper-case headings.

export interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly {
    readonly cells: readonly unknown[];
    readonly object?: { readonly metadata?: { readonly namespace?: string } };
  }[];
}

export interface TableLook {
  /** Also columns of priority > 0. */
  readonly wide: boolean;
  /** A first column with each row's namespace. */
  readonly namespaces: boolean;
  readonly header: boolean;
  /** A watch event's type, as a first column. */
  readonly event?: string;
}

export function printTable(table: Table, look: TableLook): string {
  if (table.rows.length === 0 && look.event === undefined) return 'No resources found\n';
  const shown = table.columnDefinitions
    .map((column, index) => ({ ...column, index }))
    .filter(({ priority }) => priority === 0 || look.wide);
  const lead = [
    ...(look.event === undefined ? [] : ['EVENT']),
    ...(look.namespaces ? ['NAMESPACE'] : []),
  ];
  const header = [...lead, ...shown.map(({ name }) => name.toUpperCase())];
  const rows = table.rows.map(({ cells, object }) => [
    ...(look.event === undefined ? [] : [look.event]),
    ...(look.namespaces ? [object?.metadata?.namespace ?? ''] : []),
    ...shown.map(({ index }) => cellText(cells[index])),
  ]);
  return columnsOf(look.header ? [header, ...rows] : rows, look.header ? [] : header);
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '<none>';
  return typeof cell === 'string' ? (cell.split('\n')[0] ?? '') : JSON.stringify(cell);
}

/** `atLeast`: texts that count for the widths although they are not printed. */
function columnsOf(rows: readonly (readonly string[])[], atLeast: readonly string[]): string {
  const widths: number[] = atLeast.map((text) => text.length);
  for (const row of rows) {
    for (const [index, text] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, text.length);
    }
  }
  return rows
    .map((row) =>
      row
        .map((text, index) => text.padEnd((widths[index] ?? 0) + 3))
        .join('')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}
