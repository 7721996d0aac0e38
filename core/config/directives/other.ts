import { KNET_ONLY, YES_NO } from './directive.js';
import type { Directive } from './directive.js';

const supported = { status: 'supported' } as const;
const flag = { type: 'u8', default: '0', ...supported } as const;

const NO_WATCHDOG =
  'Chorale has no watchdog and watches no resources yet. Remove it, or leave it to systemd or a fence agent.';
const NO_RESOURCES = {
  status: 'ignored',
  note: 'Chorale does not watch resources yet; the value is only shown in cmap.',
} as const;
const NO_RECOVERY = {
  type: 'str',
  default: 'none',
  meaning: 'What happens when the resource fails.',
  harmless: ['none', ''],
  status: 'refused',
  note: NO_WATCHDOG,
} as const;
const nozzle = { type: 'str', default: '-', status: 'ignored', note: KNET_ONLY } as const;

/** nodelist, quorum, system, uidgid, service, and what is left. */
export const OTHER_DIRECTIVES: readonly Directive[] = [
  {
    path: 'nodelist.node.ring0_addr',
    type: 'str',
    default: 'none; required',
    meaning: 'Name or address of the node on link 0. All nodes must have addresses of one family.',
    ...supported,
  },
  ...[1, 2, 3, 4, 5, 6, 7].map((link): Directive => ({
    path: `nodelist.node.ring${link}_addr`,
    type: 'str',
    default: '-',
    meaning: 'Address on a further link.',
    status: 'refused',
    note: 'More than one link needs knet, which is not supported yet; remove it, or bond the networks.',
  })),
  {
    path: 'nodelist.node.nodeid',
    type: 'u32',
    default: 'the IPv4 address of ring0_addr as a number',
    meaning: 'Number of the node, unique in the cluster. Required with IPv6. 0 stands for the default.',
    ...supported,
  },
  {
    path: 'nodelist.node.name',
    type: 'str',
    default: 'none',
    meaning: 'Name of the node: the local node is found by it, and clients show it.',
    ...supported,
  },
  {
    path: 'nodelist.node.quorum_votes',
    type: 'u32',
    default: '1',
    meaning: 'Votes of the node.',
    ...supported,
  },
  {
    path: 'quorum.provider',
    type: 'str',
    values: ['corosync_votequorum', 'corosync_ykd'],
    refusedValues: {
      corosync_ykd: 'the ykd provider is not supported; set "provider: corosync_votequorum"',
    },
    default: 'none: always quorate',
    meaning: 'Who decides whether this node may work.',
    ...supported,
  },
  {
    path: 'quorum.expected_votes',
    type: 'u32',
    default: 'sum of the votes in the nodelist',
    meaning: 'Votes of the whole cluster. Too low lets both halves of a partition work at once.',
    ...supported,
  },
  {
    path: 'quorum.votes',
    type: 'u32',
    default: '1',
    meaning: "Votes of this node without a nodelist; the nodelist's quorum_votes are used.",
    status: 'ignored',
    note: 'The nodelist is required and has the votes; set "quorum_votes" there.',
  },
  {
    path: 'quorum.two_node',
    ...flag,
    meaning: 'A cluster of two goes on with one node. Needs fencing. Turns wait_for_all on.',
  },
  {
    path: 'quorum.wait_for_all',
    ...flag,
    default: 'as two_node',
    meaning: 'Quorate for the first time only after all nodes were seen at once.',
  },
  {
    path: 'quorum.last_man_standing',
    ...flag,
    meaning: 'Expected votes shrink after a time when nodes leave one after the other.',
  },
  {
    path: 'quorum.last_man_standing_window',
    type: 'u32',
    default: '10000',
    meaning: 'Milliseconds before expected votes shrink.',
    ...supported,
  },
  {
    path: 'quorum.auto_tie_breaker',
    ...flag,
    meaning: 'An even split is won by one side. With an odd number of votes it needs wait_for_all.',
  },
  {
    path: 'quorum.auto_tie_breaker_node',
    type: 'str',
    default: 'lowest',
    meaning:
      'Which side: that with the `lowest` or `highest` node id, or with the first reachable of a list of node ids.',
    ...supported,
  },
  {
    path: 'quorum.allow_downscale',
    ...flag,
    meaning: 'Expected votes shrink when a node leaves politely. Turns expected_votes_tracking on.',
  },
  {
    path: 'quorum.expected_votes_tracking',
    ...flag,
    meaning: 'The highest expected votes are remembered over restarts.',
  },
  {
    path: 'quorum.leaving_timeout',
    type: 'u32',
    default: '-',
    meaning: 'Unused.',
    status: 'ignored',
    note: 'Corosync ignores it too; remove it.',
  },
  {
    path: 'quorum.device.model',
    type: 'str',
    default: 'none: no device',
    meaning: 'Kind of quorum device; `net` is that of corosync-qdevice.',
    ...supported,
  },
  {
    path: 'quorum.device.votes',
    type: 'u32',
    default: 'number of nodes - 1, if each node has one vote',
    meaning: 'Votes of the device.',
    ...supported,
  },
  {
    path: 'quorum.device.timeout',
    type: 'u32',
    default: '10000',
    meaning: 'Milliseconds without a sign of the device until its vote is gone.',
    ...supported,
  },
  {
    path: 'quorum.device.sync_timeout',
    type: 'u32',
    default: '30000',
    meaning: 'The same while the membership changes.',
    ...supported,
  },
  {
    path: 'quorum.device.master_wins',
    ...flag,
    meaning: 'The side the device votes for is quorate without a majority of nodes.',
  },
  {
    path: 'system.qb_ipc_type',
    type: 'str',
    values: ['native', 'shm', 'socket'],
    default: 'native, which is shm',
    meaning: 'How clients talk to the daemon.',
    ...supported,
  },
  {
    path: 'system.sched_rr',
    type: 'str',
    values: YES_NO,
    default: 'yes',
    meaning: 'Run with real-time priority. Without it any busy process can delay the token past its time-out.',
    ...supported,
  },
  {
    path: 'system.priority',
    type: 'str',
    default: 'unchanged',
    meaning: 'With `sched_rr: no`: a nice value, or `max` or `min`.',
    ...supported,
  },
  {
    path: 'system.move_to_root_cgroup',
    type: 'str',
    values: ['yes', 'no', 'auto'],
    default: 'auto',
    meaning: 'Leave the own cgroup where it forbids real-time priority; auto tries without first.',
    ...supported,
  },
  {
    path: 'system.allow_knet_handle_fallback',
    type: 'str',
    values: YES_NO,
    default: 'no',
    meaning: 'Go on where knet may not use privileged operations.',
    status: 'ignored',
    note: KNET_ONLY,
  },
  {
    path: 'system.state_dir',
    type: 'str',
    default: '/var/lib/corosync; with an instance /var/lib/corosync/INSTANCE',
    meaning: 'Existing directory for the ring id and other state.',
    ...supported,
  },
  {
    path: 'system.instance',
    type: 'str',
    default: 'none',
    meaning:
      "Chorale's own: names one of several nodes on this host. It gets run files and a state directory of its own, and the node of that name in the nodelist is the local one.",
    own: true,
    ...supported,
  },
  {
    path: 'system.flight_recorder',
    type: 'str',
    default: 'no',
    meaning:
      "Chorale's own: records what this node is told, with the contents of all messages, so that `chorale replay` can repeat it. `yes`: in `flight-recorder` in the state directory; or the file's path. See recorder.md.",
    own: true,
    ...supported,
  },
  {
    path: 'system.flight_recorder_limit',
    type: 'u32',
    min: 1048576,
    max: 1073741824,
    default: '67108864',
    meaning:
      "Chorale's own: most bytes of a recording, which ends when it has them. The one before is kept, so twice as many may be used.",
    own: true,
    ...supported,
  },
  {
    path: 'uidgid.uid',
    type: 'str',
    default: '-',
    meaning: 'A user, by name or number, whose programs may connect. Stored as `uidgid.config.uid.NUMBER`.',
    ...supported,
  },
  {
    path: 'uidgid.gid',
    type: 'str',
    default: '-',
    meaning: 'A group, by name or number, whose programs may connect. Stored as `uidgid.config.gid.NUMBER`.',
    ...supported,
  },
  {
    path: 'service.name',
    type: 'str',
    default: 'none; required',
    meaning:
      "Chorale's own: a service engine to load, `./engine.js` beside the configuration file or an npm package. Stored as `service.N.name`.",
    own: true,
    ...supported,
  },
  {
    path: 'service.ver',
    type: 'u32',
    default: '0',
    meaning: "Chorale's own: version the service engine must have. Stored as `service.N.ver`.",
    own: true,
    ...supported,
  },
  {
    path: 'resources.watchdog_device',
    type: 'str',
    default: 'none',
    meaning: 'Watchdog that restarts the machine when the daemon hangs.',
    harmless: ['', 'off'],
    status: 'refused',
    note: NO_WATCHDOG,
  },
  {
    path: 'resources.watchdog_timeout',
    type: 'u32',
    default: '6',
    meaning: 'Seconds until the watchdog acts.',
    ...NO_RESOURCES,
  },
  ...['system', 'process'].flatMap((kind): Directive[] => [
    {
      path: `resources.${kind}.*.poll_period`,
      type: 'u64',
      default: '3000',
      meaning: 'Milliseconds between looks at the resource.',
      ...NO_RESOURCES,
    },
    { path: `resources.${kind}.*.max`, type: 'str', default: '-', meaning: 'Limit of the resource.', ...NO_RESOURCES },
    { path: `resources.${kind}.*.recovery`, ...NO_RECOVERY },
  ]),
  ...['count', 'size'].map((key): Directive => ({
    path: `pload.${key}`,
    type: 'str',
    default: '-',
    meaning: "A setting of Corosync's load generator.",
    status: 'ignored',
    note: 'Corosync 3.1.7 ignores it in the file; Chorale has benchmarks of its own.',
  })),
  {
    path: 'pload.start',
    type: 'str',
    default: '-',
    meaning: "Starts Corosync's load generator, which ends the cluster.",
    harmless: ['no', ''],
    status: 'refused',
    note: 'Chorale has benchmarks of its own; remove it.',
  },
  { ...nozzle, path: 'nozzle.name', meaning: 'Name of a network device over knet.' },
  { ...nozzle, path: 'nozzle.ipaddr', meaning: 'Address of the device.' },
  { ...nozzle, path: 'nozzle.ipprefix', meaning: 'Prefix length of the device.' },
  { ...nozzle, path: 'nozzle.macaddr', meaning: 'MAC address of the device.' },
];

/** Sections whose keys other programs define and read from cmap: nothing in them is unknown. */
export const FREE_SECTIONS: readonly string[] = [
  'quorum.device.net',
  'quorum.device.heuristics',
  'logging.logging_daemon',
];
