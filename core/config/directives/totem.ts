import { KNET_ONLY, YES_NO } from './directive.js';
import type { Directive } from './directive.js';

const KNET_REFUSED = 'knet is not supported yet; set "transport: udpu" or "transport: udp", the same on every node';
const NO_CRYPTO =
  'Encryption is not supported yet, and Corosync has it only with knet. Set it to none and keep the ring on a network of its own.';
const NO_RRP = 'Redundant rings of Corosync 2 are gone since Corosync 3, which ignores it.';

const supported = { status: 'supported' } as const;
const timer = { type: 'u32', min: 30, max: 2147483647, zeroIsDefault: true, ...supported } as const;
const count = { type: 'u32', zeroIsDefault: true, ...supported } as const;
const knet = { status: 'ignored', note: KNET_ONLY } as const;
const rrp = {
  type: 'u32',
  status: 'ignored',
  note: NO_RRP,
  default: '-',
  meaning: 'A setting of redundant rings.',
} as const;

/** The `totem` section. */
export const TOTEM_DIRECTIVES: readonly Directive[] = [
  {
    path: 'totem.version',
    type: 'u32',
    min: 2,
    max: 2,
    default: 'none; required',
    meaning: 'Version of the configuration format.',
    ...supported,
  },
  {
    path: 'totem.transport',
    type: 'str',
    values: ['udpu', 'udp', 'knet'],
    default: 'knet; so it must be set',
    meaning: 'What carries frames: `udpu` sends to each node, `udp` by multicast or broadcast. The same on every node.',
    refusedValues: { knet: KNET_REFUSED },
    ...supported,
  },
  {
    path: 'totem.cluster_name',
    type: 'str',
    default: 'empty',
    meaning:
      'Names the cluster; with udp the multicast address comes from it. Two clusters of one name on one network disturb each other.',
    ...supported,
  },
  {
    path: 'totem.config_version',
    type: 'u64',
    default: '0',
    meaning:
      'Number of this version of the file. A node that joins with a lower one than the highest of the others ends; 0 takes no part.',
    ...supported,
  },
  {
    path: 'totem.ip_version',
    type: 'str',
    values: ['ipv4', 'ipv6', 'ipv6-4', 'ipv4-6'],
    default: '`ipv4` with udp, else `ipv6-4`',
    meaning: 'Address family taken from name resolution: one only, or the first named if the name has both.',
    ...supported,
  },
  {
    path: 'totem.token',
    ...timer,
    // The coefficient is added before the minimum is checked.
    min: 0,
    default: '3000',
    meaning:
      'Milliseconds until a missing token means a lost node. Too short throws busy nodes out, too long notices dead ones late. At least 30 with the coefficient.',
  },
  {
    path: 'totem.token_coefficient',
    type: 'u32',
    default: '650',
    meaning: 'Milliseconds added to `token` for each node above two.',
    ...supported,
  },
  {
    path: 'totem.token_warning',
    type: 'u32',
    max: 100,
    default: '75',
    meaning: 'Percent of the token time-out after which a missing token is logged; 0 = never.',
    ...supported,
  },
  {
    path: 'totem.token_retransmits_before_loss_const',
    ...count,
    default: '4',
    meaning:
      'How often a token is sent again before it counts as lost; `token_retransmit` and `hold` are computed from it.',
  },
  {
    path: 'totem.token_retransmit',
    ...timer,
    default: 'token / (token_retransmits_before_loss_const + 0.2)',
    meaning:
      'Milliseconds after which a token is sent again. Too short adds traffic, too long leaves no second chance.',
  },
  {
    path: 'totem.hold',
    ...timer,
    min: 14,
    default: '0.8 * token_retransmit - 10',
    meaning:
      'Milliseconds the representative holds the token of an idle ring. Too short burns CPU, too long causes retransmits.',
  },
  {
    path: 'totem.join',
    ...timer,
    default: '50',
    meaning: 'Milliseconds between join messages while a membership forms.',
  },
  {
    path: 'totem.send_join',
    type: 'u32',
    max: 2147483647,
    default: '0',
    meaning: 'A join is delayed by a random time up to this many milliseconds; 80 spreads the burst of 128 nodes.',
    ...supported,
  },
  {
    path: 'totem.consensus',
    ...timer,
    default: '1.2 * token',
    meaning:
      'Milliseconds to wait for all to agree on a membership; not below `join`. Below 1.2 * token rings of three and more break again at once.',
  },
  {
    path: 'totem.merge',
    ...timer,
    default: '200',
    meaning: 'Milliseconds between searches for another ring to merge with when the ring is idle.',
  },
  {
    path: 'totem.downcheck',
    ...timer,
    default: '1000',
    meaning: 'Milliseconds between looks at a network interface that is down.',
  },
  {
    path: 'totem.fail_recv_const',
    ...count,
    default: '2500',
    meaning: 'Token rotations without progress before a node counts as failed to receive.',
  },
  {
    path: 'totem.seqno_unchanged_const',
    ...count,
    default: '30',
    meaning: 'Token rotations without a new message before the token is held.',
  },
  {
    path: 'totem.heartbeat_failures_allowed',
    type: 'u32',
    default: '0',
    meaning:
      'Heartbeats that may be missing before the token counts as lost; 0 = no heartbeat. Wrong alarms on lossy networks.',
    ...supported,
  },
  {
    path: 'totem.max_network_delay',
    ...timer,
    default: '50',
    meaning: 'With the heartbeat: milliseconds a packet takes at worst.',
  },
  {
    path: 'totem.window_size',
    ...count,
    default: '50',
    meaning:
      'Most messages of all nodes in one token rotation. More than 256000 / netmtu can overflow receive buffers: retransmit lists show it.',
  },
  {
    path: 'totem.max_messages',
    ...count,
    default: '17',
    meaning: 'Most messages a node sends at one token visit. More than 256000 / netmtu can overflow send buffers.',
  },
  {
    path: 'totem.miss_count_const',
    ...count,
    default: '5',
    meaning: 'Token visits a gap may last before its message is asked for again.',
  },
  {
    path: 'totem.netmtu',
    type: 'u32',
    min: 256,
    max: 65507,
    zeroIsDefault: true,
    default: '1500',
    meaning:
      'Bytes of a frame, 90 of them headers. Above what every card and switch carries, large frames are lost for ever.',
    ...supported,
  },
  {
    path: 'totem.block_unlisted_ips',
    type: 'str',
    values: YES_NO,
    lenient: true,
    default: 'yes',
    meaning:
      'Datagrams from addresses outside the nodelist are dropped. Off, a node with an old file can break the ring.',
    ...supported,
  },
  {
    path: 'totem.cancel_token_hold_on_retransmit',
    type: 'str',
    values: YES_NO,
    lenient: true,
    default: 'no',
    meaning: 'Whether the token is passed on at once while messages are being retransmitted.',
    ...supported,
  },
  {
    path: 'totem.clear_node_high_bit',
    type: 'str',
    values: YES_NO,
    lenient: true,
    default: 'no',
    meaning: 'Clears the highest bit of node ids derived from IPv4 addresses. The same on every node.',
    ...supported,
  },
  {
    path: 'totem.crypto_model',
    type: 'str',
    values: ['nss', 'openssl', 'gcrypt'],
    default: 'nss',
    meaning: 'The library knet encrypts with.',
    ...knet,
  },
  {
    path: 'totem.crypto_cipher',
    type: 'str',
    values: ['none', 'aes256', 'aes192', 'aes128'],
    harmless: ['none'],
    default: 'none',
    meaning: 'How messages are encrypted.',
    status: 'refused',
    note: NO_CRYPTO,
  },
  {
    path: 'totem.crypto_hash',
    type: 'str',
    values: ['none', 'md5', 'sha1', 'sha256', 'sha384', 'sha512'],
    harmless: ['none'],
    default: 'none',
    meaning: 'How messages are authenticated.',
    status: 'refused',
    note: NO_CRYPTO,
  },
  {
    path: 'totem.secauth',
    type: 'str',
    values: ['on', 'off'],
    lenient: true,
    default: 'off',
    meaning: '`on` stands for crypto_cipher aes256 and crypto_hash sha256.',
    refusedValues: { on: NO_CRYPTO },
    ...supported,
  },
  { path: 'totem.keyfile', type: 'str', default: '/etc/corosync/authkey', meaning: 'File of the shared key.', ...knet },
  { path: 'totem.key', type: 'str', default: '-', meaning: 'The shared key itself.', secret: true, ...knet },
  {
    path: 'totem.link_mode',
    type: 'str',
    values: ['passive', 'active', 'rr'],
    default: 'passive',
    meaning: 'How several links are used.',
    ...knet,
  },
  { path: 'totem.knet_pmtud_interval', type: 'u32', default: '30', meaning: 'Seconds between MTU searches.', ...knet },
  { path: 'totem.knet_mtu', type: 'u32', default: '0', meaning: 'Fixed MTU of links; 0 = searched for.', ...knet },
  {
    path: 'totem.knet_compression_model',
    type: 'str',
    values: ['none', 'zlib', 'lz4', 'lz4hc', 'lzo2', 'lzma', 'bzip2', 'zstd'],
    default: 'none',
    meaning: 'How packets are compressed.',
    ...knet,
  },
  {
    path: 'totem.knet_compression_threshold',
    type: 'u32',
    default: '0',
    meaning: 'Smaller packets are not compressed.',
    ...knet,
  },
  { path: 'totem.knet_compression_level', type: 'i32', default: '0', meaning: 'Effort of compression.', ...knet },
  {
    path: 'totem.nodeid',
    type: 'u32',
    default: '-',
    meaning: 'An old place of the node id.',
    status: 'ignored',
    note: 'The node id comes from the nodelist; set "nodeid" there.',
  },
  {
    path: 'totem.threads',
    type: 'u32',
    default: '-',
    meaning: 'Number of threads of Corosync 1.',
    status: 'ignored',
    note: 'Corosync ignores it too; remove it.',
  },
  {
    path: 'totem.vsftype',
    type: 'str',
    default: '-',
    meaning: 'Virtual synchrony filter of Corosync 1.',
    status: 'ignored',
    note: 'Corosync ignores it too; remove it. Quorum is set by "quorum.provider".',
  },
  { ...rrp, path: 'totem.rrp_mode', type: 'str' },
  { ...rrp, path: 'totem.rrp_token_expired_timeout' },
  { ...rrp, path: 'totem.rrp_problem_count_timeout' },
  { ...rrp, path: 'totem.rrp_problem_count_threshold' },
  { ...rrp, path: 'totem.rrp_problem_count_mcast_threshold' },
  { ...rrp, path: 'totem.rrp_autorecovery_check_timeout' },
];
