import { canonicalAddress, chooseAddress, familyOf, ipv4Number, withoutZone } from './addresses.js';
import type { Environment, LocalAddress } from './environment.js';
import type { IpVersion } from './model.js';

/** What a node is called in the nodelist. */
export interface NodeNames {
  readonly name?: string | undefined;
  readonly ring0Address: string;
}

/** Resolves names once each, in canonical form. */
export class NameResolver {
  private readonly known = new Map<string, Promise<readonly LocalAddress[]>>();

  constructor(private readonly environment: Environment) {}

  /** Every address of a name or numeric address. */
  all(name: string): Promise<readonly LocalAddress[]> {
    let addresses = this.known.get(name);
    if (addresses === undefined) {
      addresses = this.ask(name);
      this.known.set(name, addresses);
    }
    return addresses;
  }

  /** The one address `ipVersion` takes, or undefined. */
  async one(name: string, ipVersion: IpVersion): Promise<LocalAddress | undefined> {
    return chooseAddress(await this.all(name), ipVersion);
  }

  private async ask(name: string): Promise<readonly LocalAddress[]> {
    const family = familyOf(name);
    if (family !== undefined) return [{ address: canonicalAddress(name), family }];
    if (name === '') return [];
    const addresses = await this.environment.resolve(name);
    return addresses.map(({ address, family }) => ({ address: canonicalAddress(address), family }));
  }
}

/**
 * The node id that stands for a missing one: the IPv4 address of the node's name, whatever ip_version says; undefined
 * if it has none (IPv6) or none that can be an id.
 */
export async function deriveNodeId(
  ring0Address: string,
  clearHighBit: boolean,
  resolver: NameResolver,
): Promise<number | undefined> {
  const found = await resolver.one(ring0Address, 'ipv4');
  if (found === undefined) return undefined;
  const number = ipv4Number(found.address);
  if (number === 0xffffffff) return undefined;
  const nodeId = clearHighBit ? number & 0x7fffffff : number;
  return nodeId === 0 ? undefined : nodeId;
}

/**
 * Finds this host in the nodelist, by the steps Corosync takes: the host name, ever shorter; entries without their
 * domain; names and numbers of the interfaces' addresses; addresses of the entries. The first match counts.
 *
 * One step differs: numeric addresses are compared before the names of addresses are asked for, so that a nodelist of
 * addresses needs no name server. Both can only disagree where an address has the name of another node.
 * @returns the position in `nodes`, or undefined
 */
export async function findLocalNode(
  nodes: readonly NodeNames[],
  environment: Environment,
  resolver: NameResolver,
): Promise<number | undefined> {
  if (environment.instance !== undefined) {
    const position = nodes.findIndex((node) => node.name === environment.instance);
    if (position >= 0) return position;
  }
  return (
    byHostName(nodes, environment.hostname) ??
    byNumericAddress(nodes, environment) ??
    (await byAddressName(nodes, environment)) ??
    (await byResolvedEntry(nodes, environment, resolver))
  );
}

function byHostName(nodes: readonly NodeNames[], hostname: string): number | undefined {
  for (let name = hostname; ; name = name.slice(0, name.lastIndexOf('.'))) {
    const position = positionOf(nodes, name);
    if (position !== undefined) return position;
    if (!name.includes('.')) return positionOf(nodes, name, withoutDomain);
  }
}

function byNumericAddress(nodes: readonly NodeNames[], environment: Environment): number | undefined {
  for (const { address } of environment.localAddresses()) {
    const position = positionOf(nodes, withoutZone(address), withoutZone);
    if (position !== undefined) return position;
  }
  return undefined;
}

async function byAddressName(nodes: readonly NodeNames[], environment: Environment): Promise<number | undefined> {
  const addresses = environment.localAddresses().map(({ address }) => address);
  const names = await Promise.all(addresses.map((address) => environment.reverse(address)));
  for (const name of names) {
    if (name === undefined) continue;
    const position = positionOf(nodes, name) ?? positionOf(nodes, withoutDomain(name));
    if (position !== undefined) return position;
  }
  return undefined;
}

async function byResolvedEntry(
  nodes: readonly NodeNames[],
  environment: Environment,
  resolver: NameResolver,
): Promise<number | undefined> {
  const local = new Set(environment.localAddresses().map(({ address }) => withoutZone(address)));
  for (const [position, node] of nodes.entries()) {
    for (const name of namesOf(node)) {
      const addresses = await resolver.all(name);
      if (addresses.some(({ address }) => local.has(withoutZone(address)))) return position;
    }
  }
  return undefined;
}

/** Position of the node that is called `name` once its own names went through `shorten`. */
function positionOf(
  nodes: readonly NodeNames[],
  name: string,
  shorten: (text: string) => string = (text) => text,
): number | undefined {
  const position = nodes.findIndex((node) => namesOf(node).some((candidate) => shorten(candidate) === name));
  return position < 0 ? undefined : position;
}

function namesOf(node: NodeNames): string[] {
  return node.name === undefined ? [node.ring0Address] : [node.name, node.ring0Address];
}

function withoutDomain(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0 ? name : name.slice(0, dot);
}
