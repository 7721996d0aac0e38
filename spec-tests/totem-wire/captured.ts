import { readdirSync } from 'node:fs';
import { CAPTURES, readCapture, type CapturedDatagram } from '../support/pcap.js';

/** Every capture of the ring protocol, by file name. */
export function ringCaptures(): string[] {
  return readdirSync(CAPTURES).filter((name) => /^udpu?-.*\.pcap$/.test(name));
}

const read = new Map<string, CapturedDatagram[]>();

/** The datagrams of a capture; read once. */
export function datagramsOf(name: string): CapturedDatagram[] {
  const datagrams = read.get(name) ?? readCapture(name);
  read.set(name, datagrams);
  return datagrams;
}

/** The node that sent or gets a datagram: node N of the captures has address 10.78.0.N. */
export function nodeAt(endpoint: string): number {
  return Number(/^10\.78\.0\.(\d+):/.exec(endpoint)?.[1]);
}
