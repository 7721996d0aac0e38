import { CsErrorCode } from '../../base/errors.js';
import type { MessageView } from '../../base/message-view.js';
import type { Client } from '../../host/service-engine.js';
import { textAt } from '../packet.js';
import { FRAGMENT_LIMIT } from './layouts.js';

/** Memory that a client and this node both see. The client may change it at any time. */
export interface ZeroCopyMapping {
  readonly bytes: Uint8Array;
  close(): void;
}

/** What gives the engine memory of its clients. */
export interface ZeroCopyMemory {
  /**
   * Maps `length` bytes of the file that the client has made and named, and takes its name away. Throws an Error that says
   * why not: the file is not where such files belong, not the client's own, or too short.
   */
  map(path: string, length: number, client: Pick<Client, 'uid'>): ZeroCopyMapping;
}

/** What a client has to send, as it lies in its memory. */
export interface ZeroCopyMessage {
  readonly guarantee: number;
  readonly data: Uint8Array;
}

const { OK, ERR_INVALID_PARAM, ERR_NO_MEMORY, ERR_NOT_EXIST, ERR_TOO_BIG } = CsErrorCode;

/** In a buffer: u64 address at 8, then a request to multicast, whose data begins here. */
const ADDRESS = 8;
const GUARANTEE = 40;
const LENGTH = 48;
const DATA = 56;
const PATH_ROOM = 128;
/** Buffers of one client, and bytes of all of them. */
const MOST_BUFFERS = 64;
const MOST_BYTES = 64 * 1024 * 1024;

interface Owned {
  readonly mapping: ZeroCopyMapping;
  readonly length: number;
}

/** The zero-copy buffers of all clients. A buffer's address is a number that means something to its own client only. */
export class ZeroCopyBuffers {
  private readonly owners = new Map<Client, Map<bigint, Owned>>();
  private last = 0n;

  /** @param refused told why a buffer cannot be had */
  constructor(
    private readonly memory: ZeroCopyMemory,
    private readonly refused: (why: string) => void,
  ) {}

  /** Request 9. Gives a cs_error_t, which Corosync's library does not look at: it finds no address in its memory then. */
  allocate(client: Client, request: MessageView): number {
    const length = request.u64(16);
    const path = textAt(request, 24, PATH_ROOM);
    const owned = this.of(client);
    if (length < BigInt(DATA)) return ERR_INVALID_PARAM;
    let total = length;
    for (const { length: other } of owned.values()) total += BigInt(other);
    if (owned.size >= MOST_BUFFERS || total > BigInt(MOST_BYTES)) {
      this.refused(`process ${client.pid} has too many zero-copy buffers`);
      return ERR_NO_MEMORY;
    }
    try {
      const mapping = this.memory.map(path, Number(length), client);
      const address = ++this.last;
      owned.set(address, { mapping, length: Number(length) });
      viewOf(mapping).setBigUint64(ADDRESS, address, true);
      return OK;
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      this.refused(`process ${client.pid} has a zero-copy buffer that cannot be used: ${why}`);
      return ERR_INVALID_PARAM;
    }
  }

  /** Request 10. */
  free(client: Client, request: MessageView): number {
    const owned = this.of(client);
    const address = request.u64(24);
    const buffer = owned.get(address);
    if (!buffer) return ERR_NOT_EXIST;
    owned.delete(address);
    buffer.mapping.close();
    return OK;
  }

  /** What request 11 asks to multicast, or a cs_error_t. */
  message(client: Client, request: MessageView): ZeroCopyMessage | number {
    const buffer = this.of(client).get(request.u64(16));
    if (!buffer) return ERR_NOT_EXIST;
    const view = viewOf(buffer.mapping);
    // Read once: the client may write another length meanwhile.
    const length = view.getUint32(LENGTH, true);
    if (length > FRAGMENT_LIMIT) return ERR_TOO_BIG;
    if (length > buffer.length - DATA) return ERR_INVALID_PARAM;
    return { guarantee: view.getUint32(GUARANTEE, true), data: buffer.mapping.bytes.subarray(DATA, DATA + length) };
  }

  /** The client is gone: so are its buffers. */
  disconnect(client: Client): void {
    for (const { mapping } of this.owners.get(client)?.values() ?? []) mapping.close();
    this.owners.delete(client);
  }

  close(): void {
    for (const client of [...this.owners.keys()]) this.disconnect(client);
  }

  private of(client: Client): Map<bigint, Owned> {
    let owned = this.owners.get(client);
    if (!owned) this.owners.set(client, (owned = new Map()));
    return owned;
  }
}

function viewOf({ bytes }: ZeroCopyMapping): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
