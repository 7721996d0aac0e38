import { clusterRows } from './lck-cluster-rows.js';
import { lockRows } from './lck-lock-rows.js';
import { openRows } from './lck-open-rows.js';
import { ConformanceTable } from './rows.js';

describe('LCK B.01.01', () => {
  const table = new ConformanceTable('lck');
  openRows(table);
  lockRows(table);
  clusterRows(table);
  table.complete();
});
