import { closeRows } from './msg-close-rows.js';
import { getRows } from './msg-get-rows.js';
import { groupRows } from './msg-group-rows.js';
import { queueRows } from './msg-queue-rows.js';
import { rpcRows } from './msg-rpc-rows.js';
import { sendRows } from './msg-send-rows.js';
import { ConformanceTable } from './rows.js';

describe('MSG B.01.01', () => {
  const table = new ConformanceTable('msg');
  queueRows(table);
  closeRows(table);
  groupRows(table);
  sendRows(table);
  getRows(table);
  rpcRows(table);
  table.complete();
});
