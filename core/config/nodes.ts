import { deriveNodeId, findLocalNode } from './resolve.js';
import type { Collected } from './collect.js';
import type { Environment } from './environment.js';
import type { Origin, Report } from './errors.js';
import type { IpVersion, NodeConfig } from './model.js';
import type { NameResolver } from './resolve.js';
import type { ConfigStore } from './store.js';

/** Nodes a ring can have (Corosync's PROCESSOR_COUNT_MAX): message formats have room for no more. */
const MAX_NODES = 384;

/** The nodelist, resolved. */
export interface NodeList {
  readonly nodes: readonly NodeConfig[];
  readonly localNode: NodeConfig;
  readonly family: 4 | 6;
}

interface NamedNode {
  readonly position: number;
  readonly origin: Origin;
  readonly ring0Address: string;
  readonly name: string | undefined;
}

/** Reads, resolves and checks the nodelist. Undefined if it cannot be used: then the report says why. */
export async function nodeListOf(
  collected: Collected,
  ipVersion: IpVersion,
  environment: Environment,
  resolver: NameResolver,
  file: Origin,
  report: Report,
): Promise<NodeList | undefined> {
  const named = namedNodes(collected, file, report);
  if (named === undefined) return undefined;
  const clearHighBit = collected.store.string('totem.clear_node_high_bit') === 'yes';
  // All at once: a name server that does not answer is waited for once, not once a node.
  await Promise.all(named.map((node) => resolver.all(node.ring0Address)));
  const nodes: NodeConfig[] = [];
  for (const node of named) {
    const resolved = await resolveNode(node, ipVersion, clearHighBit, collected.store, resolver, report);
    if (resolved !== undefined) nodes.push(resolved);
  }
  const position = await findLocalNode(named, environment, resolver);
  if (position === undefined) {
    const text = `no node of the nodelist is this host: none has the name "${environment.instance ?? environment.hostname}" or an address of its interfaces (${addressList(environment)}); add it, or correct ring0_addr`;
    report.problem('totem', { origin: file, key: 'nodelist' }, text);
  }
  const localNode = nodes.find((node) => node.position === position);
  if (nodes.length < named.length || localNode === undefined) return undefined;
  return checked({ nodes, localNode }, collected.nodes, report);
}

function addressList(environment: Environment): string {
  const addresses = environment.localAddresses().map(({ address }) => address);
  return addresses.length === 0 ? 'none is up' : addresses.join(', ');
}

function namedNodes(collected: Collected, file: Origin, report: Report): NamedNode[] | undefined {
  const origins = collected.nodes;
  if (origins.length === 0) {
    const text =
      'there are no nodes; add "nodelist { node { ring0_addr: ADDRESS } }" with a node section for each node';
    report.problem('totem', { origin: file, key: 'nodelist' }, text);
    return undefined;
  }
  if (origins.length > MAX_NODES) {
    const text = `there are ${origins.length} nodes; a ring has at most ${MAX_NODES}`;
    report.problem('totem', { origin: file, key: 'nodelist' }, text);
    return undefined;
  }
  const nodes: NamedNode[] = [];
  for (const [position, origin] of origins.entries()) {
    const ring0Address = collected.store.string(`nodelist.node.${position}.ring0_addr`);
    const name = collected.store.string(`nodelist.node.${position}.name`);
    if (ring0Address === undefined || ring0Address === '') {
      report.problem('totem', { origin, key: 'nodelist.node' }, 'the node needs "ring0_addr: ADDRESS"');
    } else nodes.push({ position, origin, ring0Address, name });
  }
  return nodes.length === origins.length ? nodes : undefined;
}

async function resolveNode(
  node: NamedNode,
  ipVersion: IpVersion,
  clearHighBit: boolean,
  store: ConfigStore,
  resolver: NameResolver,
  report: Report,
): Promise<NodeConfig | undefined> {
  const { position, ring0Address, name } = node;
  const path = `nodelist.node.${position}`;
  const origin = store.find(`${path}.ring0_addr`)?.origin ?? node.origin;
  const address = await resolver.one(ring0Address, ipVersion);
  if (address === undefined) {
    const at = { origin, key: 'nodelist.node.ring0_addr', value: ring0Address };
    const text = `has no address that totem.ip_version (${ipVersion}) allows; check the name in DNS or /etc/hosts, or write an address`;
    report.problem('totem', at, text);
    return undefined;
  }
  if (/^fe[89ab][^%]*$/i.test(address.address)) {
    const at = { origin, key: 'nodelist.node.ring0_addr', value: ring0Address };
    report.warn(at, 'is link-local, which says nothing without an interface; use another, or add it: "%eth0"');
  }
  const given = store.number(`${path}.nodeid`);
  if (given === 0) {
    const at = { origin: store.find(`${path}.nodeid`)!.origin, key: 'nodelist.node.nodeid', value: '0' };
    report.warn(at, 'is no node id; the one derived from the address is used');
  }
  const nodeId = given || (await deriveNodeId(ring0Address, clearHighBit, resolver));
  if (nodeId === undefined) {
    const at = { origin: node.origin, key: 'nodelist.node' };
    report.problem('totem', at, `the node "${ring0Address}" has no usable IPv4 address, so it needs "nodeid: NUMBER"`);
    return undefined;
  }
  const votes = store.number(`${path}.quorum_votes`) ?? 1;
  return { position, nodeId, ring0Address, address: address.address, votes, ...(name === undefined ? {} : { name }) };
}

function checked(list: Omit<NodeList, 'family'>, origins: readonly Origin[], report: Report): NodeList | undefined {
  const { nodes } = list;
  const before = report.problems.length;
  const familyOfNode = (node: NodeConfig): 4 | 6 => (node.address.includes(':') ? 6 : 4);
  const family = familyOfNode(list.localNode);
  for (const [index, node] of nodes.entries()) {
    const at = { origin: origins[node.position]!, key: 'nodelist.node' };
    const earlier = nodes.slice(0, index);
    const sameId = earlier.find((other) => other.nodeId === node.nodeId);
    if (sameId !== undefined) {
      const text = `node id ${node.nodeId} is that of node "${sameId.ring0Address}" already; give each its own nodeid`;
      report.problem('totem', at, text);
    }
    const sameAddress = earlier.find((other) => other.address === node.address);
    if (sameAddress !== undefined) {
      const text = `address ${node.address} is that of node id ${sameAddress.nodeId} already; each node needs its own`;
      report.problem('totem', at, text);
    }
    if (node.name !== undefined && earlier.some((other) => other.name === node.name)) {
      report.warn({ ...at, value: node.name }, 'is the name of an earlier node too; the first one is found by it');
    }
    if (familyOfNode(node) !== family) {
      const text = `${node.address} is IPv${familyOfNode(node)}, but the local node's ${list.localNode.address} is IPv${family}; all must be of one family, see totem.ip_version`;
      report.problem('totem', at, text);
    }
  }
  return report.problems.length === before ? { ...list, family } : undefined;
}
