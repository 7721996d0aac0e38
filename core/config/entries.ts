import type { ClusterConfig, CmapEntry, TotemConfig, UidGidConfig } from './model.js';
import type { NodeList } from './nodes.js';
import type { ConfigStore } from './store.js';

/** The cmap keys a configuration starts with: those of the file, and those Corosync adds. */
export function entriesOf(store: ConfigStore, totem: TotemConfig, list: NodeList, uidgid: UidGidConfig): CmapEntry[] {
  const entries = new Map(store.entries().map((entry) => [entry.path, entry]));
  const set = (entry: CmapEntry): unknown => entries.set(entry.path, entry);
  const setIfAbsent = (entry: CmapEntry): unknown => entries.has(entry.path) || set(entry);
  for (const node of list.nodes) {
    set({ path: `nodelist.node.${node.position}.nodeid`, type: 'u32', value: node.nodeId });
  }
  set({ path: 'nodelist.local_node_pos', type: 'u32', value: list.localNode.position });
  set({ path: 'totem.interface.0.bindnetaddr', type: 'str', value: totem.interface.bindNetAddr });
  if (totem.interface.mcastAddress !== undefined) {
    setIfAbsent({ path: 'totem.interface.0.mcastaddr', type: 'str', value: totem.interface.mcastAddress });
    setIfAbsent({ path: 'totem.interface.0.mcastport', type: 'u16', value: totem.interface.mcastPort });
  }
  for (const uid of uidgid.uids) set({ path: `uidgid.config.uid.${uid}`, type: 'u8', value: 1 });
  for (const gid of uidgid.gids) set({ path: `uidgid.config.gid.${gid}`, type: 'u8', value: 1 });
  return [...entries.values()];
}

/** The `runtime.config.` keys: the values in use, computed ones included. They change with every reload. */
export function runtimeEntries(config: ClusterConfig): CmapEntry[] {
  const { totem } = config;
  const inFile = (path: string): CmapEntry['value'] | undefined =>
    config.entries.find((entry) => entry.path === path)?.value;
  const u32 = (name: string, value: number): CmapEntry => ({
    path: `runtime.config.totem.${name}`,
    type: 'u32',
    value,
  });
  /** What knet would use: Corosync shows it on every transport. */
  const knet = (name: string, value: number): CmapEntry => u32(name, Number(inFile(`totem.${name}`) ?? 0) || value);
  const pongs = Number(inFile('totem.interface.0.knet_pong_count') ?? 0) || 2;
  return [
    u32('block_unlisted_ips', totem.blockUnlistedIps ? 1 : 0),
    u32('cancel_token_hold_on_retransmit', totem.cancelTokenHoldOnRetransmit ? 1 : 0),
    u32('consensus', totem.consensusMs),
    u32('downcheck', totem.downcheckMs),
    u32('fail_recv_const', totem.failToReceiveConst),
    u32('heartbeat_failures_allowed', totem.heartbeatFailuresAllowed),
    u32('hold', totem.holdMs),
    knet('interface.0.knet_ping_interval', Math.trunc(totem.tokenMs / (pongs * 2))),
    knet('interface.0.knet_ping_timeout', Math.trunc(totem.tokenMs / pongs)),
    u32('join', totem.joinMs),
    {
      path: 'runtime.config.totem.knet_compression_level',
      type: 'i32',
      value: Number(inFile('totem.knet_compression_level') ?? 0),
    },
    {
      path: 'runtime.config.totem.knet_compression_model',
      type: 'str',
      value: String(inFile('totem.knet_compression_model') ?? 'none'),
    },
    knet('knet_compression_threshold', 0),
    knet('knet_mtu', 0),
    knet('knet_pmtud_interval', 30),
    u32('max_messages', totem.maxMessages),
    u32('max_network_delay', totem.maxNetworkDelayMs),
    u32('merge', totem.mergeMs),
    u32('miss_count_const', totem.missCountConst),
    u32('send_join', totem.sendJoinMs),
    u32('seqno_unchanged_const', totem.seqnoUnchangedConst),
    u32('token', totem.tokenMs),
    u32('token_retransmit', totem.tokenRetransmitMs),
    u32('token_retransmits_before_loss_const', totem.tokenRetransmitsBeforeLoss),
    u32('token_warning', totem.tokenWarningPercent),
    u32('window_size', totem.windowSize),
  ];
}
