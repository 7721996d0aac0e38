import type { PluginStatus } from '../../../host/plugin-host.js';
import type { Style } from '../style.js';
import { tableLines } from '../table.js';

const COLUMNS = [
  { title: 'service' },
  { title: 'id', right: true },
  { title: 'version' },
  { title: 'state' },
  { title: 'clients', right: true },
  { title: 'received', right: true },
  { title: 'sent', right: true },
  { title: '' },
] as const;

/** The services of a node as a table, with what ails one behind its row. */
export function pluginTable(services: readonly PluginStatus[], style: Style): string[] {
  const rows = services.map((one) => {
    const trouble = [
      ...(one.bugs > 0 ? [style.yellow(`${one.bugs} bugs`)] : []),
      ...(one.failure === undefined ? [] : [style.red(one.failure)]),
    ];
    const counts = [`${one.clients}`, `${sum(one.rx)}`, `${sum(one.tx)}`];
    return [one.service, `${one.id}`, one.version, stateText(one.state, style), ...counts, trouble.join('  ')];
  });
  return tableLines(COLUMNS, rows, style);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, one) => all + one, 0);
}

function stateText(state: string, style: Style): string {
  return state === 'running' ? style.green(state) : state === 'failed' ? style.red(state) : style.yellow(state);
}
