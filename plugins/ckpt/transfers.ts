import { SaError } from 'chorale/sdk';
import type { OwnerId } from 'chorale/sdk';

/** A request that comes in parts. */
export interface Transfer {
  readonly owner: OwnerId;
  readonly transfer: number;
  readonly parts: Uint8Array[];
}

/** What one client may have in parts: ERR_NO_RESOURCES then. */
export const MAX_TRANSFER_BYTES = 256 * 1024 * 1024;

/** Requests too long for one message, until they are whole. They are done in one go, so that nobody sees half of one. */
export class Transfers {
  private readonly transfers = new Map<string, Transfer>();
  private readonly bytes = new Map<OwnerId, number>();

  /** Throws ERR_NO_RESOURCES; the transfer is forgotten then. */
  part(owner: OwnerId, transfer: number, data: Uint8Array): void {
    const key = `${owner}/${transfer}`;
    const bytes = (this.bytes.get(owner) ?? 0) + data.length;
    if (bytes > MAX_TRANSFER_BYTES) {
      this.take(owner, transfer);
      throw new SaError('ERR_NO_RESOURCES', `one client sends ${MAX_TRANSFER_BYTES} bytes at a time at most`);
    }
    this.bytes.set(owner, bytes);
    const known = this.transfers.get(key);
    if (known === undefined) this.transfers.set(key, { owner, transfer, parts: [data] });
    else known.parts.push(data);
  }

  /** The whole request, which is forgotten; undefined if there is none. */
  take(owner: OwnerId, transfer: number): Uint8Array | undefined {
    const key = `${owner}/${transfer}`;
    const known = this.transfers.get(key);
    if (known === undefined) return undefined;
    this.transfers.delete(key);
    const whole = new Uint8Array(known.parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of known.parts) {
      whole.set(part, at);
      at += part.length;
    }
    const left = this.bytes.get(owner)! - whole.length;
    if (left === 0) this.bytes.delete(owner);
    else this.bytes.set(owner, left);
    return whole;
  }

  values(): IterableIterator<Transfer> {
    return this.transfers.values();
  }

  ownersGone(isGone: (owner: OwnerId) => boolean): void {
    for (const { owner, transfer } of [...this.transfers.values()]) if (isGone(owner)) this.take(owner, transfer);
  }
}
