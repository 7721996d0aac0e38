import { deliveryRows } from './evt-delivery-rows.js';
import { eventRows } from './evt-event-rows.js';
import { openRows } from './evt-open-rows.js';
import { subscribeRows } from './evt-subscribe-rows.js';
import { ConformanceTable } from './rows.js';

describe('EVT B.01.01', () => {
  const table = new ConformanceTable('evt');
  openRows(table);
  eventRows(table);
  subscribeRows(table);
  deliveryRows(table);
  table.complete();
});
