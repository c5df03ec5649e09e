/** Plain text tables. */

/** Columns as wide as their widest cell; columns whose cells are all numbers are right-aligned. */
export function table(rows: readonly (readonly (string | number)[])[], indent = ''): string {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? group(cell) : cell)));
  const columns = Math.max(0, ...texts.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)));
  const numeric = widths.map((_, column) => rows.every((row) => row[column] === undefined || typeof row[column] === 'number'));
  return texts
    .map((row) => row.map((cell, column) => (numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join('  '))
    .map((line) => `${indent}${line}`.trimEnd())
    .join('\n');
}

/** 1234567.89 as 1,234,567.9: whole numbers grouped, others with one decimal. */
export function group(value: number): string {
  const [whole = '', fraction] = (Number.isInteger(value) ? String(value) : value.toFixed(1)).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
