import { isIP, SocketAddress } from 'node:net';
import type { LocalAddress } from './environment.js';
import type { IpVersion } from './model.js';

/** 4 or 6 for a numeric address, otherwise undefined. */
export function familyOf(text: string): 4 | 6 | undefined {
  const family = isIP(text);
  return family === 4 || family === 6 ? family : undefined;
}

/** The one usual way to write a numeric address, so that equal addresses are equal strings. A zone is kept. */
export function canonicalAddress(address: string): string {
  const [bare, zone] = address.split('%');
  if (isIP(bare!) !== 6) return address;
  const canonical = new SocketAddress({ address: bare!, family: 'ipv6' }).address;
  return zone === undefined ? canonical : `${canonical}%${zone}`;
}

/** A canonical address without its zone: what tells whether two are the same interface's. */
export function withoutZone(address: string): string {
  return canonicalAddress(address).replace(/%.*$/, '');
}

/** The address of a name that `ipVersion` asks for, of all the name has in the resolver's order. */
export function chooseAddress(addresses: readonly LocalAddress[], ipVersion: IpVersion): LocalAddress | undefined {
  const first = (family: 4 | 6) => addresses.find((address) => address.family === family);
  switch (ipVersion) {
    case 'ipv4':
      return first(4);
    case 'ipv6':
      return first(6);
    case 'ipv4-6':
      return first(4) ?? first(6);
    case 'ipv6-4':
      return first(6) ?? first(4);
  }
}

/** An IPv4 address as a number, its first octet the most significant. */
export function ipv4Number(address: string): number {
  return address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0);
}

/** Whether frames sent to a numeric address go to a group. */
export function isMulticast(address: string): boolean {
  if (familyOf(address) === 4) return ipv4Number(address) >>> 28 === 0xe;
  return /^ff[0-9a-f]{2}:/.test(canonicalAddress(address));
}

/**
 * The multicast address udp makes of a cluster's name: a 16-bit hash of it in 239.192.0.0/16 or ff15::/16. Bytes above
 * 127 count as negative, as they do in Corosync on the machines it mostly runs on.
 */
export function multicastAddressFor(clusterName: string, linkNumber: number, family: 4 | 6): string {
  let id = 0;
  for (const byte of Buffer.from(clusterName)) id = (id * 2 + (byte < 128 ? byte : byte - 256)) & 0xffff;
  id = (id + linkNumber) & 0xffff;
  return family === 4 ? `239.192.${id >> 8}.${id % 0xff}` : canonicalAddress(`ff15::${id.toString(16)}`);
}
