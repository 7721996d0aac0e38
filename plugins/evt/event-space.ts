import { SaError, nameKey, runOfOwner, toMilliseconds } from 'chorale/sdk';
import type { OwnerId } from 'chorale/sdk';
import { Channel, bytesOf, openKey } from './channel.js';
import { EventIds } from './event-ids.js';
import { PublishedEvent, StateRecord } from './messages.proto.js';
import type { OpenRequest, PublishRequest } from './messages.proto.js';
import { ChannelOpenFlags, LAST_RESERVED_EVENT_ID, Limits } from './operations.js';

/** What becomes of retained events: their times are to be measured. */
export interface RetentionEffects {
  /** It is to be removed after so many milliseconds; Infinity: never. */
  retained(id: bigint, milliseconds: number): void;
  /** It is gone. */
  released(id: bigint, channel: Channel): void;
}

const silent: RetentionEffects = { retained: () => undefined, released: () => undefined };

/** All event channels of the cluster, who has them open, and the events they retain: the same on every node. */
export class EventSpace {
  effects: RetentionEffects = silent;
  readonly ids = new EventIds();
  /** All instances, those without a name too. */
  readonly channels = new Set<Channel>();
  private readonly names = new Map<string, Channel>();
  private readonly opens = new Map<string, Channel>();
  /** Where each retained event is. */
  private readonly events = new Map<bigint, Channel>();
  private retainedBytes = 0;
  /** Of the record before: an event's channel is the last one that came, as a rule. */
  private lastLoaded: Channel | undefined;

  /** Throws ERR_NOT_EXIST without CREATE, ERR_NO_RESOURCES when there are too many channels. */
  open(owner: OwnerId, { channel: handle, name, flags }: OpenRequest): void {
    const key = nameKey(name);
    if (this.opens.has(openKey(owner, handle)) || flags === 0 || flags > 7) {
      throw new SaError('ERR_INVALID_PARAM', 'the handle is open already, or the flags cannot be');
    }
    let channel = this.names.get(key);
    if (channel === undefined) {
      if ((flags & ChannelOpenFlags.CREATE) === 0) throw new SaError('ERR_NOT_EXIST', 'there is no such channel');
      if (this.channels.size >= Limits.CHANNELS) throw new SaError('ERR_NO_RESOURCES', 'there are too many channels');
      channel = new Channel(key, [this.ids.next(runOfOwner(owner))]);
      this.channels.add(channel);
      this.names.set(key, channel);
    }
    channel.opens.set(openKey(owner, handle), { owner, channel: handle, flags });
    this.opens.set(openKey(owner, handle), channel);
  }

  /** Throws ERR_BAD_HANDLE. */
  close(owner: OwnerId, handle: number): void {
    const channel = this.channelOf(owner, handle);
    this.closeHandle(channel, openKey(owner, handle));
  }

  /** The name is free at once. Throws ERR_NOT_EXIST. */
  unlink(name: Uint8Array): void {
    const key = nameKey(name);
    const channel = this.names.get(key);
    if (channel === undefined) throw new SaError('ERR_NOT_EXIST', 'there is no such channel');
    this.names.delete(key);
    channel.unlinked = true;
    this.settle(channel);
  }

  /**
   * The event as it is delivered; it stays, if it has a retention time. Throws ERR_BAD_HANDLE, ERR_ACCESS, ERR_NO_RESOURCES when
   * too much is retained, ERR_INVALID_PARAM for what no library sends.
   */
  publish(owner: OwnerId, request: PublishRequest, time: bigint): PublishedEvent {
    const { channel: handle, patterns, priority, retention, publisher, data } = request;
    const channel = this.opened(owner, handle, ChannelOpenFlags.PUBLISHER);
    const size = bytesOf(request);
    if (priority > 3 || retention < 0n || publisher.length > 256 || !fits(patterns) || data.length > Limits.DATA) {
      throw new SaError('ERR_INVALID_PARAM', 'the event cannot be');
    }
    const full = channel.retained.size >= Limits.RETAINED || this.retainedBytes + size > Limits.RETAINED_BYTES;
    if (retention > 0n && full) throw new SaError('ERR_NO_RESOURCES', 'too many events are retained');
    const id = this.ids.next(runOfOwner(owner));
    const event = { id, time, patterns, priority, retention, publisher, data };
    if (retention > 0n) {
      this.retain(channel, event);
      this.effects.retained(id, toMilliseconds(retention));
    }
    return event;
  }

  /** Throws ERR_BAD_HANDLE, ERR_INVALID_PARAM for a reserved id, ERR_NOT_EXIST if the channel does not retain the event. */
  clear(owner: OwnerId, handle: number, id: bigint): void {
    const channel = this.channelOf(owner, handle);
    if (id <= LAST_RESERVED_EVENT_ID) throw new SaError('ERR_INVALID_PARAM', 'the id is a reserved one');
    if (!channel.retained.has(id)) throw new SaError('ERR_NOT_EXIST', 'the event is not retained');
    this.release(channel, id);
  }

  /** The retention time of an event is over. */
  expire(id: bigint): void {
    const channel = this.events.get(id);
    if (channel !== undefined) this.release(channel, id);
  }

  /** The channel of an open, if it is one. */
  find(owner: OwnerId, handle: number): Channel | undefined {
    return this.opens.get(openKey(owner, handle));
  }

  /** The channel of an open. Throws ERR_BAD_HANDLE. */
  channelOf(owner: OwnerId, handle: number): Channel {
    const channel = this.find(owner, handle);
    if (channel === undefined) throw new SaError('ERR_BAD_HANDLE', 'the channel is not open');
    return channel;
  }

  /** The channel of an open that has `flag`. Throws ERR_BAD_HANDLE, ERR_ACCESS. */
  opened(owner: OwnerId, handle: number, flag: number): Channel {
    const channel = this.channelOf(owner, handle);
    if ((channel.opens.get(openKey(owner, handle))!.flags & flag) === 0) {
      throw new SaError('ERR_ACCESS', 'the channel was not opened for this');
    }
    return channel;
  }

  /** Closes all that these owners have open. */
  ownersGone(isGone: (owner: OwnerId) => boolean): void {
    for (const channel of [...this.channels]) {
      for (const [key, { owner }] of [...channel.opens]) if (isGone(owner)) this.closeHandle(channel, key);
      // After a merge nobody may be left.
      this.settle(channel);
    }
  }

  /** Adds a whole channel. */
  add(channel: Channel): void {
    this.channels.add(channel);
    if (!channel.unlinked) this.names.set(channel.name, channel);
    for (const key of channel.opens.keys()) this.opens.set(key, channel);
    for (const [id, { bytes }] of channel.retained) {
      this.events.set(id, channel);
      this.retainedBytes += bytes;
    }
  }

  /** As records of synchronization, each event in one of its own. */
  *records(): Iterable<Uint8Array> {
    const record = (some: Partial<StateRecord>): Uint8Array =>
      StateRecord.encode({ issued: [], channels: [], retained: [], ...some });
    for (const [prefix, last] of this.ids.entries()) yield record({ issued: [{ prefix, last }] });
    for (const channel of this.channels) {
      yield record({ channels: [channel.record()] });
      for (const { event } of channel.retained.values()) {
        yield record({ retained: [{ channel: channel.ids[0]!, event: PublishedEvent.encode(event) }] });
      }
    }
  }

  /** Adds a record of another space; a channel comes before its events. */
  load(bytes: Uint8Array): void {
    const { issued, channels, retained } = StateRecord.decode(bytes);
    for (const { prefix, last } of issued) this.ids.heard(prefix, last);
    for (const record of channels) this.add(Channel.of(record));
    for (const { channel: id, event } of retained) {
      const channel = this.byId(id);
      if (channel !== undefined) this.retain(channel, PublishedEvent.decode(event));
    }
  }

  private byId(id: bigint): Channel | undefined {
    if (this.lastLoaded?.ids[0] === id) return this.lastLoaded;
    return (this.lastLoaded = [...this.channels].find((channel) => channel.ids[0] === id));
  }

  private retain(channel: Channel, event: PublishedEvent): void {
    const bytes = bytesOf(event);
    channel.retained.set(event.id, { event, bytes });
    this.events.set(event.id, channel);
    this.retainedBytes += bytes;
  }

  private release(channel: Channel, id: bigint): void {
    this.retainedBytes -= channel.retained.get(id)!.bytes;
    channel.retained.delete(id);
    this.events.delete(id);
    this.effects.released(id, channel);
  }

  private closeHandle(channel: Channel, key: string): void {
    channel.opens.delete(key);
    this.opens.delete(key);
    this.settle(channel);
  }

  /** Destroys an instance that nobody can come to. */
  private settle(channel: Channel): void {
    if (!channel.unused) return;
    for (const id of [...channel.retained.keys()]) this.release(channel, id);
    this.channels.delete(channel);
  }
}

function fits(patterns: readonly Uint8Array[]): boolean {
  return patterns.length <= Limits.PATTERNS && patterns.every(({ length }) => length <= Limits.PATTERN);
}
