import { SaError } from 'chorale/sdk';
import type { OwnerId } from 'chorale/sdk';
import { PART_BYTES } from './operations.js';

/** An iteration: ids of sections that it has not shown yet, the next one last. */
export interface Iteration {
  readonly handle: number;
  readonly ids: string[];
}

interface Reader {
  readonly iterations: Map<number, Iteration>;
  /** Data of long reads, as it was when they were done, until it is fetched. */
  readonly rests: Map<number, Uint8Array>;
  bytes: number;
}

/** Most bytes that one client reads at a time, or has left to fetch: ERR_NO_RESOURCES then. */
export const MAX_READ_BYTES = 256 * 1024 * 1024;
/** Most iterations of one client: ERR_NO_RESOURCES then. */
export const MAX_ITERATIONS = 1000;

/** What one node keeps for its own clients: long reads that are on their way, and iterations. */
export class LocalReads {
  private readonly readers = new Map<OwnerId, Reader>();
  private lastRest = 0;

  /** Puts parts of sections together, for one message; what is too much for it waits under the number `rest`. */
  collect(owner: OwnerId, parts: readonly Uint8Array[]): { data: Uint8Array; rest: number } {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const waiting = this.readers.get(owner)?.bytes ?? 0;
    if (waiting + length > MAX_READ_BYTES) {
      throw new SaError('ERR_NO_RESOURCES', `read ${MAX_READ_BYTES} bytes at a time at most`);
    }
    const data = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      data.set(part, at);
      at += part.length;
    }
    if (length <= PART_BYTES) return { data, rest: 0 };
    const reader = this.reader(owner);
    const rest = (this.lastRest = (this.lastRest % 0xffff_fffe) + 1);
    reader.rests.set(rest, data);
    reader.bytes += length;
    return { data: data.subarray(0, PART_BYTES), rest };
  }

  /** A piece of a long read; with the last one it is forgotten. Throws ERR_NOT_EXIST. */
  rest(owner: OwnerId, rest: number, offset: number): Uint8Array {
    const reader = this.readers.get(owner);
    const data = reader?.rests.get(rest);
    if (reader === undefined || data === undefined) throw new SaError('ERR_NOT_EXIST', 'there is no such read');
    if (offset + PART_BYTES >= data.length) {
      reader.rests.delete(rest);
      reader.bytes -= data.length;
    }
    return data.subarray(offset, offset + PART_BYTES);
  }

  /** Throws ERR_NO_RESOURCES. */
  iterate(owner: OwnerId, iteration: number, handle: number, ids: readonly string[]): void {
    const { iterations } = this.reader(owner);
    if (iterations.size >= MAX_ITERATIONS) {
      throw new SaError('ERR_NO_RESOURCES', `one client has ${MAX_ITERATIONS} iterations at most; finalize some`);
    }
    iterations.set(iteration, { handle, ids: ids.toReversed() });
  }

  /** Throws ERR_BAD_HANDLE. */
  iteration(owner: OwnerId, iteration: number): Iteration {
    const found = this.readers.get(owner)?.iterations.get(iteration);
    if (found === undefined) throw new SaError('ERR_BAD_HANDLE', 'this iteration is finalized');
    return found;
  }

  endIteration(owner: OwnerId, iteration: number): void {
    this.readers.get(owner)?.iterations.delete(iteration);
  }

  /** A checkpoint's handle was closed. */
  closed(owner: OwnerId, handle: number): void {
    const iterations = this.readers.get(owner)?.iterations ?? new Map<number, Iteration>();
    for (const [number, iteration] of iterations) if (iteration.handle === handle) iterations.delete(number);
  }

  clientGone(owner: OwnerId): void {
    this.readers.delete(owner);
  }

  private reader(owner: OwnerId): Reader {
    let reader = this.readers.get(owner);
    if (reader === undefined) this.readers.set(owner, (reader = { iterations: new Map(), rests: new Map(), bytes: 0 }));
    return reader;
  }
}
