import { familyOf, isMulticast, multicastAddressFor } from './addresses.js';
import type { Report } from './errors.js';
import type { InterfaceConfig, IpVersion, TransportName } from './model.js';
import type { NodeList } from './nodes.js';
import type { NameResolver } from './resolve.js';
import type { ConfigStore, StoredEntry } from './store.js';

/** Without `mcastport`, for link 0. */
const DEFAULT_PORT = 5405;
const BROADCAST_ADDRESS = '255.255.255.255';
const LINK_0 = 'totem.interface.0';

/** Reads and checks the interface sections; what is wrong is in the report. */
export async function interfaceOf(
  store: ConfigStore,
  transport: TransportName,
  ipVersion: IpVersion,
  nodes: NodeList,
  resolver: NameResolver,
  report: Report,
): Promise<InterfaceConfig> {
  checkLinks(store, transport, report);
  const broadcast = store.string(`${LINK_0}.broadcast`) === 'yes';
  const ttl = store.number(`${LINK_0}.ttl`) ?? 1;
  if (transport === 'udpu') warnUdpOnly(store, report);
  if (transport === 'udpu' && ttl !== 1) {
    report.problem('totem', at(store, 'ttl'), 'may only be set with "transport: udp"; remove it');
  }
  const common = {
    bindAddress: nodes.localNode.address,
    bindNetAddr: nodes.localNode.ring0Address,
    broadcast: broadcast && transport === 'udp',
    mcastPort: store.number(`${LINK_0}.mcastport`) || DEFAULT_PORT,
    ttl,
  };
  const mcastAddress = await multicastAddress(store, transport, ipVersion, nodes, resolver, report);
  return transport === 'udp' && mcastAddress !== undefined ? { ...common, mcastAddress } : common;
}

function at(store: ConfigStore, key: string): { origin: StoredEntry['origin']; key: string; value: string } {
  const stored = store.find(`${LINK_0}.${key}`)!;
  return { origin: stored.origin, key: `totem.interface.${key}`, value: String(stored.entry.value) };
}

/** udp and udpu have link 0 only. Corosync, with udp, overlooks another one that has no bindnetaddr; here it is an error. */
function checkLinks(store: ConfigStore, transport: TransportName, report: Report): void {
  const reported = new Set<string>();
  for (const { entry, origin } of store.under('totem.interface.')) {
    const link = /^totem\.interface\.([0-9]+)\.(.*)$/.exec(entry.path);
    if (link === null || link[1] === '0' || reported.has(link[1]!)) continue;
    reported.add(link[1]!);
    const text = `link ${link[1]!} needs knet, which is not supported yet; ${transport} has link 0 only, so remove the section`;
    report.problem('totem', { origin, key: `totem.interface.${link[2]!}` }, text);
  }
}

function warnUdpOnly(store: ConfigStore, report: Report): void {
  for (const key of ['mcastaddr', 'broadcast']) {
    if (store.has(`${LINK_0}.${key}`)) report.warn(at(store, key), 'is ignored: only "transport: udp" uses it');
  }
}

async function multicastAddress(
  store: ConfigStore,
  transport: TransportName,
  ipVersion: IpVersion,
  nodes: NodeList,
  resolver: NameResolver,
  report: Report,
): Promise<string | undefined> {
  const given = store.string(`${LINK_0}.mcastaddr`);
  let address: string | undefined;
  if (given !== undefined) {
    address = (await resolver.one(given, ipVersion))?.address;
    if (address === undefined) {
      const text = `is no address that totem.ip_version (${ipVersion}) allows; write a multicast address`;
      report.problem('totem', at(store, 'mcastaddr'), text);
      return undefined;
    }
  }
  if (transport === 'udpu') return address;
  if (store.string(`${LINK_0}.broadcast`) === 'yes') {
    if (nodes.family === 6) {
      report.problem('totem', at(store, 'broadcast'), 'needs IPv4 addresses; use a multicast address with IPv6');
    }
    return BROADCAST_ADDRESS;
  }
  if (address !== undefined) {
    checkMulticast(store, address, nodes, report);
    return address;
  }
  const clusterName = store.string('totem.cluster_name');
  if (clusterName === undefined) {
    const origin = store.find('totem.transport')?.origin ?? { file: '', line: 0 };
    const text = 'udp needs a multicast address; set totem.cluster_name, or mcastaddr or broadcast in totem.interface';
    report.problem('totem', { origin, key: 'totem.interface.mcastaddr' }, text);
    return undefined;
  }
  return multicastAddressFor(clusterName, 0, nodes.family);
}

function checkMulticast(store: ConfigStore, address: string, nodes: NodeList, report: Report): void {
  if (familyOf(address) !== nodes.family) {
    const text = `is not IPv${nodes.family} as the ring's addresses are; write an IPv${nodes.family} multicast address`;
    report.problem('totem', at(store, 'mcastaddr'), text);
  } else if (!isMulticast(address)) {
    const right = nodes.family === 4 ? '224.0.0.0 to 239.255.255.255' : 'ff00::/8';
    report.problem('totem', at(store, 'mcastaddr'), `is no multicast address; write one of ${right}`);
  }
}
