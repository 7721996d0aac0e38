import type { Overview } from '../../../ipc/overview.js';

/** What a client, or the clients of this node in a group, did per second. */
export interface ClientRate {
  readonly requests: number;
  readonly events: number;
}

/** Growth per second between two pictures; 0 where there is nothing to compare with. */
export interface Rates {
  readonly sent: number;
  readonly delivered: number;
  readonly retransmitted: number;
  readonly tokens: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** By the connection's id. */
  readonly clients: Readonly<Record<number, ClientRate>>;
  /** By name: what the clients of this node did in the group. */
  readonly groups: Readonly<Record<string, ClientRate>>;
}

/** The rates between two pictures of the same daemon; another process began to count anew. */
export function ratesBetween(before: Overview | undefined, now: Overview): Rates {
  const same = before !== undefined && before.startedMs === now.startedMs && now.nowMs > before.nowMs;
  const seconds = same ? (now.nowMs - before.nowMs) / 1000 : 1;
  const growth = (name: keyof Overview['totals']): number =>
    same ? (now.totals[name] - before.totals[name]) / seconds : 0;
  const clients: Record<number, ClientRate> = {};
  const groups: Record<string, { requests: number; events: number }> = {};
  for (const client of now.clients) {
    const old = same ? before.clients.find(({ id }) => id === client.id) : undefined;
    // A connection that is new since the last picture began at 0.
    const base = old ?? (same ? { requests: 0, events: 0 } : client);
    const rate = {
      requests: (client.requests - base.requests) / seconds,
      events: (client.events - base.events) / seconds,
    };
    clients[client.id] = rate;
    if (client.group === undefined) continue;
    const group = (groups[client.group] ??= { requests: 0, events: 0 });
    group.requests += rate.requests;
    group.events += rate.events;
  }
  return {
    sent: growth('sent'),
    delivered: growth('delivered'),
    retransmitted: growth('retransmitted'),
    tokens: growth('tokens'),
    bytesSent: growth('bytesSent'),
    bytesReceived: growth('bytesReceived'),
    clients,
    groups,
  };
}
