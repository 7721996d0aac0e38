/** knet, Corosync's default, is for Corosync alone. */
export type Transport = 'udpu' | 'udp' | 'knet';

/** What all nodes of a benchmarked cluster have in common, whoever's they are. */
export interface ClusterSettings {
  readonly nodes: number;
  readonly transport: Transport;
  /** The address of node `id`, 1 to `nodes`. */
  readonly addressOf: (id: number) => string;
  /** What `bindnetaddr` is for `udp`. */
  readonly network: string;
  /** The representative never holds the token: an idle ring turns as fast as it can. */
  readonly spinning: boolean;
}

/** The corosync.conf that every node of a run reads. */
export function configurationOf(settings: ClusterSettings): string {
  const { nodes, transport, addressOf, network, spinning } = settings;
  const link = [
    '  interface {',
    `    bindnetaddr: ${network}`,
    '    mcastaddr: 239.255.7.1',
    '    mcastport: 5405',
    '    ttl: 1',
    '  }',
  ];
  const members = Array.from({ length: nodes }, (_, i) => i + 1).flatMap((id) => [
    '  node {',
    `    ring0_addr: ${addressOf(id)}`,
    `    name: n${id}`,
    `    nodeid: ${id}`,
    '  }',
  ]);
  return [
    'totem {',
    '  version: 2',
    '  cluster_name: bench',
    `  transport: ${transport}`,
    '  token: 1000',
    ...(spinning ? ['  seqno_unchanged_const: 1000000000'] : []),
    ...(transport === 'udp' ? link : []),
    '}',
    'nodelist {',
    ...members,
    '}',
    'quorum {',
    '  provider: corosync_votequorum',
    '}',
    'logging {',
    '  to_stderr: yes',
    '  to_syslog: no',
    '}',
    'system {',
    '  sched_rr: no',
    // Inside a container knet may not have the socket buffers it asks for.
    ...(transport === 'knet' ? ['  allow_knet_handle_fallback: yes'] : []),
    '}',
    '',
  ].join('\n');
}
