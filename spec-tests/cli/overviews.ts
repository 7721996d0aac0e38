import type { Overview } from '../../core/ipc/overview.js';

/** A node of three that is well; a test changes what it is about. */
export function overview(changes: Partial<Overview> = {}): Overview {
  return {
    status: {
      nodeId: 2,
      state: 'operational',
      ringId: '1.9',
      members: [1, 2, 3],
      rotationMs: 0.25,
      rates: { sent: 10, delivered: 30, retransmitted: 0, tokens: 4 },
      services: [
        {
          name: 'cpg',
          version: '1.0.0',
          service: 'cpg',
          id: 2,
          state: 'running',
          bugs: 0,
          clients: 1,
          rx: [1],
          tx: [2],
        },
      ],
    },
    version: '0.1.0',
    clusterName: 'home',
    configFile: '/etc/corosync/corosync.conf',
    startedMs: 1_000_000,
    nowMs: 4_660_000,
    nodes: [1, 2, 3].map((nodeId) => ({
      nodeId,
      name: `n${nodeId}`,
      addresses: [`10.0.0.${nodeId}`],
      local: nodeId === 2,
      member: true,
      votes: 1,
    })),
    quorum: {
      provider: 'corosync_votequorum',
      quorate: true,
      needed: 2,
      totalVotes: 3,
      expectedVotes: 3,
      highestExpected: 3,
      flags: ['Quorate'],
      waitingForAll: false,
    },
    links: [{ link: 0, transport: 'udpu', address: '10.0.0.2', port: 5405, reached: 2, others: 2 }],
    clients: [client(7, 'g', 100, 400), client(8, 'h', 5, 6)],
    groups: [
      { name: 'g', processes: 2, nodes: [1, 2] },
      { name: 'h', processes: 1, nodes: [2] },
    ],
    lastChange: { timeMs: 1_060_000, joined: [1, 3], left: [], count: 2 },
    totals: {
      ...{ sent: 100, delivered: 300, retransmitted: 0, retransmitRequests: 0, tokens: 1000, tokensLost: 0 },
      ...{ bytesSent: 1_000_000, bytesReceived: 3_000_000, sendErrors: 0, dropped: 0 },
    },
    tokenAgeMs: 12.3,
    tokenTimeoutMs: 1000,
    continuousGather: 0,
    messagesWaiting: 0,
    logLinesLost: 0,
    ...changes,
  };
}

export function client(id: number, group: string, requests: number, events: number): Overview['clients'][number] {
  return { id, service: 'cpg', pid: 1000 + id, program: 'app', group, requests, events, delayed: 0, queued: 0 };
}

/** The object without some of its parts. */
export function without<T extends object, K extends keyof T>(whole: T, ...keys: K[]): Omit<T, K> {
  const kept = Object.entries(whole).filter(([name]) => !keys.some((key) => key === name));
  return Object.fromEntries(kept) as Omit<T, K>;
}
