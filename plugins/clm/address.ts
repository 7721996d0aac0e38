import { AddressFamily } from './operations.js';

/** A node's address as SaClmNodeAddressT has it. */
export interface NodeAddress {
  readonly family: AddressFamily;
  /** In network byte order: 4 or 16 bytes by the family, none without an address. */
  readonly value: Uint8Array;
}

const NONE: NodeAddress = { family: AddressFamily.NONE, value: new Uint8Array(0) };

/** Reads an address from its text; what is no IP address is none. */
export function parseAddress(text: string): NodeAddress {
  if (text.includes(':')) return parse6(text);
  const value = parse4(text);
  return value === undefined ? NONE : { family: AddressFamily.AF_INET, value };
}

function parse4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  const bytes = parts.map(Number);
  const good = parts.every((part, i) => /^\d{1,3}$/.test(part) && bytes[i]! <= 255);
  return parts.length === 4 && good ? Uint8Array.from(bytes) : undefined;
}

function parse6(text: string): NodeAddress {
  const [before = '', after, more] = text.replace(/%.*/, '').split('::');
  const head = words(before);
  const tail = words(after ?? '');
  if (more !== undefined || head === undefined || tail === undefined) return NONE;
  const missing = 8 - head.length - tail.length;
  if (after === undefined ? missing !== 0 : missing < 1) return NONE;
  const all = [...head, ...Array<number>(missing).fill(0), ...tail];
  return { family: AddressFamily.AF_INET6, value: Uint8Array.from(all.flatMap((word) => [word >> 8, word & 0xff])) };
}

/** Words of 16 bits; the last may be an IPv4 address. */
function words(text: string): number[] | undefined {
  if (text === '') return [];
  const result: number[] = [];
  for (const part of text.split(':')) {
    const four = part.includes('.') ? parse4(part) : undefined;
    if (four !== undefined) result.push((four[0]! << 8) | four[1]!, (four[2]! << 8) | four[3]!);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) result.push(parseInt(part, 16));
    else return undefined;
  }
  return result;
}
