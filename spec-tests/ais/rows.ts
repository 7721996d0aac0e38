import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { rowIds } from './row-ids.js';
import type { TableName } from './row-ids.js';
import { report } from './row-report.js';
import type { RowResults } from './row-report.js';

const REFERENCE = resolve(import.meta.dirname, '../../../shared/reference/ais');

/**
 * The rows of one conformance table as tests. Make it inside a `describe`, write every row with `row` or `notApplicable`, end
 * with `complete`: a row of the table that has neither fails, and so does a test without a row.
 *
 * ```ts
 * describe('CLM B.01.01', () => {
 *   const table = new ConformanceTable('clm');
 *   table.row('CLM-INIT-01', 'both callbacks, B.01.01', async () => { ... });
 *   table.notApplicable('CLM-GET-06', 'there is no output pointer: the node is the result');
 *   table.complete();
 * });
 * ```
 */
export class ConformanceTable implements RowResults {
  private readonly ids: ReadonlySet<string>;
  readonly outcomes = new Map<string, 'passed' | 'failed'>();
  private readonly tested = new Set<string>();
  readonly reasons = new Map<string, string>();

  constructor(private readonly table: TableName) {
    this.ids = new Set(rowIds(table));
  }

  /** A test of one row, or of several that are one story. It may be called several times for a row: all have to pass. */
  row(ids: string | readonly string[], title: string, test: () => Promise<void> | void): void {
    const list = typeof ids === 'string' ? [ids] : ids;
    for (const id of list) {
      this.known(id);
      this.tested.add(id);
    }
    it(`${list.join(', ')}: ${title}`, async () => {
      const good = list.filter((id) => this.outcomes.get(id) !== 'failed');
      for (const id of list) this.outcomes.set(id, 'failed');
      await test();
      for (const id of good) this.outcomes.set(id, 'passed');
    });
  }

  /** A row that cannot be tested with this API, and why. */
  notApplicable(id: string, reason: string): void {
    this.known(id);
    this.reasons.set(id, reason);
  }

  /** Ends the table: no row is forgotten, the list is the reference's; the results are printed at the end of the run. */
  complete(): void {
    it('every row of the table has a test or a reason', () => {
      const open = [...this.ids].filter((id) => !this.tested.has(id) && !this.reasons.has(id));
      expect(open, 'rows without a test').to.deep.equal([]);
      const both = [...this.tested].filter((id) => this.reasons.has(id));
      expect(both, 'rows with a test and a reason for none').to.deep.equal([]);
    });
    it('has the rows of the reference', function (this: Mocha.Context) {
      const { table, ids } = owner;
      const file = resolve(REFERENCE, `${table}.md`);
      if (!existsSync(file)) this.skip();
      const found = [...readFileSync(file, 'utf8').matchAll(/^\| ([A-Z]+-[A-Z0-9]+-\d+) \|/gm)].map(([, id]) => id);
      expect(found).to.deep.equal([...ids]);
    });
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- for the test above, whose `this` is mocha's
    const owner = this;
    report(this.table, this);
  }

  private known(id: string): void {
    if (!this.ids.has(id)) throw new Error(`the table ${this.table} has no row ${id}`);
  }
}
