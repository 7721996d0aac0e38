import { isIPv4 } from 'node:net';

/** A numeric address in network order: 4 bytes, or 16 for IPv6. A scope (`%eth0`) is no part of it. */
export function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number);
  // The URL parser writes every IPv6 address in one form: groups without leading zeros, the longest run of zeros as "::".
  const groups = new URL(`http://[${address.split('%')[0]}]/`).hostname.slice(1, -1).split('::');
  const words = (text: string | undefined): number[] => (text ? text.split(':').map((word) => parseInt(word, 16)) : []);
  const [head, tail] = [words(groups[0]), words(groups[1])];
  const all = [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  return Uint8Array.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}
