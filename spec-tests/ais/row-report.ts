import { expect } from 'chai';
import CliTable from 'cli-table3';
import { ROW_COUNTS, rowIds } from './row-ids.js';
import type { TableName } from './row-ids.js';

/** What became of the rows of one table in this run. */
export interface RowResults {
  readonly outcomes: ReadonlyMap<string, 'passed' | 'failed'>;
  /** Rows that cannot be tested with this API, and why. */
  readonly reasons: ReadonlyMap<string, string>;
}

const PLAIN = { head: [], border: [] };
/** Tables of services that are not there. */
const NOT_THERE: readonly TableName[] = ['amf'];
const TABLES = (Object.keys(ROW_COUNTS) as TableName[]).filter((table) => !NOT_THERE.includes(table));

const results = new Map<TableName, RowResults>();
/** Rows that are tested on daemons of their own, over libqb's IPC; true: passed. */
const onDaemons = new Map<string, boolean>();

export function report(table: TableName, rows: RowResults): void {
  results.set(table, rows);
}

/**
 * A test of rows on real daemons, with programs that connect over libqb's IPC; for other tests of these suites the ids are
 * empty.
 */
export function daemonRow(ids: readonly string[], title: string, test: () => Promise<void>): void {
  for (const id of ids) {
    if (!TABLES.some((table) => rowIds(table).includes(id))) throw new Error(`no table has a row ${id}`);
    onDaemons.set(id, false);
  }
  it(ids.length === 0 ? title : `${ids.join(', ')}: ${title}`, async () => {
    await test();
    for (const id of ids) onDaemons.set(id, true);
  });
}

function printSummary(): void {
  const summary = new CliTable({
    head: ['table', 'rows', 'passed', 'failed', 'not applicable', 'passed on daemons'],
    style: PLAIN,
  });
  const reasons = new CliTable({ head: ['not applicable', 'because'], style: PLAIN });
  for (const table of TABLES) {
    const ids = rowIds(table);
    const { outcomes, reasons: because } = results.get(table) ?? { outcomes: new Map(), reasons: new Map() };
    const failed = ids.filter((id) => outcomes.get(id) === 'failed');
    const passed = ids.filter((id) => outcomes.get(id) === 'passed').length;
    const real = ids.filter((id) => onDaemons.get(id)).length;
    if (results.has(table) || real > 0) {
      const ran = results.has(table) ? [passed, failed.join(' ') || 0, because.size] : ['-', '-', '-'];
      summary.push([table, ids.length, ...ran, real]);
    }
    for (const [id, reason] of because) reasons.push([id, reason]);
  }
  console.log(`\n  SA Forum AIS, rows of the conformance tables\n${summary.toString()}`);
  if (reasons.length > 0) console.log(reasons.toString());
}

// Of the root suite: at the end of the run.
after('rows of the AIS conformance tables', () => {
  printSummary();
  // Only a run of everything knows what nobody tests.
  if (onDaemons.size === 0 || results.size < TABLES.length) return;
  const services = TABLES.filter((table) => table !== 'common');
  const without = services.filter((table) => !rowIds(table).some((id) => onDaemons.has(id)));
  expect(without, 'services without a row on real daemons').to.deep.equal([]);
});
