import { ConformanceTable } from './rows.js';
import { changeRows } from './tmr-change-rows.js';
import { lifeRows } from './tmr-life-rows.js';
import { startRows } from './tmr-start-rows.js';

describe('TMR A.01.01', () => {
  const table = new ConformanceTable('tmr');
  lifeRows(table);
  startRows(table);
  changeRows(table);
  table.complete();
});
