import { dataRows } from './ckpt-data-rows.js';
import { survivalRows } from './ckpt-ha-rows.js';
import { lifeRows } from './ckpt-life-rows.js';
import { openRows } from './ckpt-open-rows.js';
import { sectionRows } from './ckpt-section-rows.js';
import { ConformanceTable } from './rows.js';

describe('CKPT B.01.01', () => {
  const table = new ConformanceTable('ckpt');
  openRows(table);
  lifeRows(table);
  sectionRows(table);
  dataRows(table);
  survivalRows(table);
  table.complete();
});
