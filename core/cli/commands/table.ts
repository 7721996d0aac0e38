import Table from 'cli-table3';
import type { Style } from './style.js';

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand on the right. */
  readonly right?: true;
}

const NO_LINES = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ].map((name) => [name, '']),
);

/**
 * Lines of a table: a dim head, columns two blanks apart, nothing drawn, so that it can be cut and sorted by other programs.
 * Cells may have colors. Without rows there are no lines.
 */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[], style: Style): string[] {
  if (rows.length === 0) return [];
  const table = new Table({
    chars: NO_LINES,
    colAligns: columns.map(({ right }) => (right ? 'right' : 'left')),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 },
  });
  table.push(
    columns.map(({ title }) => style.dim(title)),
    ...rows.map((row) => [...row]),
  );
  return table
    .toString()
    .split('\n')
    .map((line) => line.replace(/ +$/, ''));
}

/** Lines `name  value`, the names dim and of one width. */
export function fieldLines(fields: readonly (readonly [name: string, value: string])[], style: Style): string[] {
  const width = Math.max(7, ...fields.map(([name]) => name.length)) + 2;
  return fields.map(([name, value]) => `${style.dim(name.padEnd(width))}${value}`);
}
