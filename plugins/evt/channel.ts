import { keyBytes, nameKey } from 'chorale/sdk';
import type { OwnerId } from 'chorale/sdk';
import type { ChannelRecord, PublishedEvent } from './messages.proto.js';

/** One open of a channel: a handle of a client. */
export interface Open {
  readonly owner: OwnerId;
  /** The client's number for it. */
  readonly channel: number;
  /** ChannelOpenFlags. */
  readonly flags: number;
}

/** An event that stays in its channel for a time. */
export interface Retained {
  readonly event: PublishedEvent;
  readonly bytes: number;
}

/** A channel instance. Unlinked it has no name any more, and lives as long as somebody has it open. */
export class Channel {
  unlinked = false;
  /** By `openKey`. */
  readonly opens = new Map<string, Open>();
  /** By id, in the order of publication. */
  readonly retained = new Map<bigint, Retained>();

  /** `ids`: its own, and those of channels that were merged into it. */
  constructor(
    readonly name: string,
    readonly ids: bigint[],
  ) {}

  /** Nobody can come to it any more. */
  get unused(): boolean {
    return this.unlinked && this.opens.size === 0;
  }

  record(): ChannelRecord {
    const { name, ids, unlinked, opens } = this;
    return { name: keyBytes(name), ids, unlinked, opens: [...opens.values()] };
  }

  static of({ name, ids, unlinked, opens }: ChannelRecord): Channel {
    const channel = new Channel(nameKey(name), ids);
    channel.unlinked = unlinked;
    for (const open of opens) channel.opens.set(openKey(open.owner, open.channel), open);
    return channel;
  }
}

/** Names an open in the cluster. */
export function openKey(owner: OwnerId, channel: number): string {
  return `${owner}/${channel}`;
}

/** What an event counts for, about. */
export function bytesOf({
  patterns,
  publisher,
  data,
}: Pick<PublishedEvent, 'patterns' | 'publisher' | 'data'>): number {
  return patterns.reduce((sum, pattern) => sum + pattern.length, 64 + publisher.length + data.length);
}
