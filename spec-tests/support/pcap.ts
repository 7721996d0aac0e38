import { readFileSync } from 'node:fs';

/** A UDP datagram of a capture, put together from its IP fragments. */
export interface CapturedDatagram {
  /** Seconds since the epoch. */
  readonly time: number;
  /** Address and port, as `10.78.0.1:5405`. */
  readonly src: string;
  readonly dst: string;
  readonly payload: Uint8Array;
}

const ETHERNET = 1;
const ETHERTYPE_IPV4 = 0x0800;
const UDP = 17;

/** Where the captures of real Corosync lie, seen from the checkout; README.md there says what each one shows. */
export const CAPTURES = new URL('../../../shared/reference/corosync/captures/', import.meta.url);

/** The datagrams of one of the captures, by file name. */
export function readCapture(name: string): CapturedDatagram[] {
  // A plain array: a Buffer's slice() is no copy.
  return readPcap(new Uint8Array(readFileSync(new URL(name, CAPTURES))));
}

/** The UDP datagrams of a pcap file (Ethernet, IPv4), in order of completion. Other packets are passed over. */
export function readPcap(file: Uint8Array): CapturedDatagram[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const magic = view.getUint32(0, true);
  const littleEndian = magic === 0xa1b2c3d4 || magic === 0xa1b23c4d;
  const native = view.getUint32(0, littleEndian);
  if (native !== 0xa1b2c3d4 && native !== 0xa1b23c4d) throw new Error('not a pcap file');
  const fractions = native === 0xa1b23c4d ? 1e9 : 1e6;
  if (view.getUint32(20, littleEndian) !== ETHERNET) throw new Error('not an Ethernet capture');

  const datagrams: CapturedDatagram[] = [];
  const reassembly = new Map<string, FragmentedPacket>();
  for (let at = 24; at + 16 <= file.length;) {
    const time = view.getUint32(at, littleEndian) + view.getUint32(at + 4, littleEndian) / fractions;
    const length = view.getUint32(at + 8, littleEndian);
    const frame = file.subarray(at + 16, at + 16 + length);
    at += 16 + length;
    const packet = ipv4(frame, reassembly);
    if (packet !== undefined) datagrams.push({ time, ...packet });
  }
  return datagrams;
}

interface FragmentedPacket {
  readonly pieces: { offset: number; bytes: Uint8Array }[];
  total: number | undefined;
}

/** The UDP datagram that this frame holds or completes. */
function ipv4(
  frame: Uint8Array,
  reassembly: Map<string, FragmentedPacket>,
): Omit<CapturedDatagram, 'time'> | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 34 || view.getUint16(12) !== ETHERTYPE_IPV4 || frame[23] !== UDP) return undefined;
  const headerBytes = (frame[14]! & 15) * 4;
  const total = view.getUint16(16);
  if (14 + total > frame.length) throw new Error('the capture has cut a packet short');
  const source = [...frame.subarray(26, 30)].join('.');
  const target = [...frame.subarray(30, 34)].join('.');
  const flags = view.getUint16(20);
  const offset = (flags & 0x1fff) * 8;
  const more = (flags & 0x2000) !== 0;
  const bytes = frame.subarray(14 + headerBytes, 14 + total);
  if (offset === 0 && !more) return udp(bytes, source, target);

  const key = `${source} ${target} ${view.getUint16(18)}`;
  const packet = reassembly.get(key) ?? { pieces: [], total: undefined };
  reassembly.set(key, packet);
  packet.pieces.push({ offset, bytes });
  if (!more) packet.total = offset + bytes.length;
  const whole = joined(packet);
  if (whole === undefined) return undefined;
  reassembly.delete(key);
  return udp(whole, source, target);
}

function joined({ pieces, total }: FragmentedPacket): Uint8Array | undefined {
  if (total === undefined) return undefined;
  const whole = new Uint8Array(total);
  let have = 0;
  for (const { offset, bytes } of pieces.sort((a, b) => a.offset - b.offset)) {
    if (offset > have) return undefined;
    whole.set(bytes, offset);
    have = Math.max(have, offset + bytes.length);
  }
  return have === total ? whole : undefined;
}

function udp(bytes: Uint8Array, source: string, target: string): Omit<CapturedDatagram, 'time'> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint16(4);
  return {
    src: `${source}:${view.getUint16(0)}`,
    dst: `${target}:${view.getUint16(2)}`,
    payload: bytes.slice(8, length),
  };
}
