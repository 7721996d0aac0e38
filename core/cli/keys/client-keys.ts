import type { ClientFollower, ClientSession } from '../../host/client-hub.js';
import type { ChoraleNode } from '../../host/node.js';
import { ValueType } from '../../services/cmap/index.js';
import type { StatisticsMap } from '../../services/cmap/index.js';

type Counted = 'handled' | 'responses' | 'events' | 'delayed' | 'invalid';

interface Shown {
  readonly keys: readonly string[];
  /** What each counter was when it was last cleared. */
  base: Readonly<Partial<Record<Counted, number>>>;
}

/** The statistics of client connections: `stats.ipcs.*`, a group of keys for each connection to a service. */
export class ClientKeys implements ClientFollower {
  private readonly shown = new Map<ClientSession, Shown>();
  private closed = 0;
  private node: ChoraleNode | undefined;

  constructor(
    private readonly statistics: StatisticsMap,
    private readonly processName: (pid: number) => string,
  ) {}

  attach(node: ChoraleNode): void {
    this.node = node;
    this.statistics.supplyNumber('stats.ipcs.global.active', ValueType.U64, () => this.shown.size);
    this.statistics.supplyNumber('stats.ipcs.global.closed', ValueType.U64, () => this.closed);
    node.hub.follow(this);
  }

  connected(session: ClientSession): void {
    // The daemon's own commands are no service of the cluster.
    const id = this.node?.host.service(session.service.name)?.id;
    if (id === undefined) return;
    const prefix = `stats.ipcs.service${id}.${session.pid}.0x${session.id.toString(16)}`;
    const keys: string[] = [];
    const shown: Shown = { keys, base: {} };
    this.shown.set(session, shown);
    const number = (name: string, type: 5 | 6 | 8, read: () => number): void => {
      keys.push(`${prefix}.${name}`);
      this.statistics.supplyNumber(`${prefix}.${name}`, type, read);
    };
    const counter = (name: string, counted: Counted): void =>
      number(name, ValueType.U64, () => session[counted] - (shown.base[counted] ?? 0));
    const procname = this.processName(session.pid);
    // In the order in which Corosync's come: who follows them hears of each.
    number('queueing', ValueType.I32, () => Number((session.load?.queued ?? 0) > 0));
    number('queued', ValueType.U32, () => session.load?.queued ?? 0);
    counter('invalid_request', 'invalid');
    counter('overload', 'delayed');
    number('sent', ValueType.U32, () => session.events - (shown.base.events ?? 0));
    keys.push(`${prefix}.procname`);
    this.statistics.supplyString(`${prefix}.procname`, () => procname);
    counter('requests', 'handled');
    counter('responses', 'responses');
    counter('dispatched', 'events');
    number('send_retries', ValueType.U64, () => session.load?.sendRetries ?? 0);
    number('recv_retries', ValueType.U64, () => session.load?.receiveRetries ?? 0);
    number('flow_control', ValueType.U32, () => Number(session.waiting));
    counter('flow_control_count', 'delayed');
  }

  disconnected(session: ClientSession): void {
    const shown = this.shown.get(session);
    if (shown === undefined) return;
    this.shown.delete(session);
    this.closed++;
    for (const key of shown.keys) this.statistics.withdraw(key);
  }

  /** Counters begin at 0 anew for who reads them. */
  clear(): void {
    this.closed = 0;
    for (const [session, shown] of this.shown) {
      const { handled, responses, events, delayed, invalid } = session;
      shown.base = { handled, responses, events, delayed, invalid };
    }
  }
}
