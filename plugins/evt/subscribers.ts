import type { OwnerId } from 'chorale/sdk';
import { openKey } from './channel.js';
import type { Channel } from './channel.js';
import { matches } from './filter.js';
import { PublishedEvent } from './messages.proto.js';
import type { SubscribeRequest, Taken } from './messages.proto.js';
import { Subscriber } from './subscriber.js';
import type { Outlet } from './subscriber.js';

/** An open of a client of this node that subscribes. */
interface LocalOpen {
  readonly owner: OwnerId;
  readonly channel: number;
  readonly subscriber: Subscriber;
  /** Retained events that it was given: it gets none of them again. */
  readonly had: Set<bigint>;
}

/** The subscriptions of this node's clients: which event goes to whom. Other nodes do not know of them. */
export class Subscribers {
  private readonly subscribers = new Map<OwnerId, Subscriber>();
  private readonly opens = new Map<string, LocalOpen>();
  private readonly byChannel = new Map<Channel, Set<LocalOpen>>();

  constructor(private readonly outlet: Outlet) {}

  /** Events that wait for clients of this node, by client. */
  get waiting(): ReadonlyMap<OwnerId, number> {
    return new Map([...this.subscribers].map(([owner, { length }]) => [owner, length]));
  }

  /** From now on, and what the channel retains. False: there is a subscription of this number. */
  subscribe(owner: OwnerId, channel: Channel, request: SubscribeRequest): boolean {
    const { channel: handle, subscription: number, filters } = request;
    const subscriber = this.subscribers.get(owner) ?? new Subscriber(owner, this.outlet);
    if (subscriber.subscriptions.has(number)) return false;
    this.subscribers.set(owner, subscriber);
    subscriber.subscriptions.set(number, { channel: handle, number, filters, lossPending: false });
    const key = openKey(owner, handle);
    const open = this.opens.get(key) ?? { owner, channel: handle, subscriber, had: new Set<bigint>() };
    this.opens.set(key, open);
    this.place(open, channel);
    this.catchUp(open, channel);
    return true;
  }

  /** False: there is none of this number. */
  unsubscribe(owner: OwnerId, number: number): boolean {
    const subscriber = this.subscribers.get(owner);
    if (subscriber?.subscriptions.has(number) !== true) return false;
    subscriber.drop((subscription) => subscription.number === number);
    return true;
  }

  closed(owner: OwnerId, handle: number, channel: Channel): void {
    const open = this.opens.get(openKey(owner, handle));
    if (open === undefined) return;
    this.opens.delete(openKey(owner, handle));
    open.subscriber.drop((subscription) => subscription.channel === handle);
    const opens = this.byChannel.get(channel);
    opens?.delete(open);
    if (opens?.size === 0) this.byChannel.delete(channel);
  }

  clientGone(owner: OwnerId): void {
    this.subscribers.delete(owner);
    for (const [key, open] of this.opens) if (open.owner === owner) this.opens.delete(key);
    for (const [channel, opens] of this.byChannel) {
      for (const open of opens) if (open.owner === owner) opens.delete(open);
      if (opens.size === 0) this.byChannel.delete(channel);
    }
  }

  taken(owner: OwnerId, taken: Taken): void {
    this.subscribers.get(owner)?.taken(taken);
  }

  /** An event was published: to every subscription that it matches. */
  published(channel: Channel, event: PublishedEvent): void {
    const opens = this.byChannel.get(channel);
    if (opens === undefined) return;
    let bytes: Uint8Array | undefined;
    for (const open of opens) {
      let matched = false;
      for (const subscription of open.subscriber.subscriptions.values()) {
        if (subscription.channel !== open.channel || !matches(subscription.filters, event.patterns)) continue;
        bytes ??= PublishedEvent.encode(event);
        open.subscriber.deliver(subscription, event.priority, bytes);
        matched = true;
      }
      if (matched && event.retention > 0n) open.had.add(event.id);
    }
  }

  /** The event is not retained any more, so it cannot come again. */
  released(id: bigint, channel: Channel): void {
    for (const open of this.byChannel.get(channel) ?? []) open.had.delete(id);
  }

  /** The channels are other objects than before, with other events perhaps. */
  rebuild(find: (owner: OwnerId, handle: number) => Channel | undefined): void {
    this.byChannel.clear();
    for (const [key, open] of this.opens) {
      const channel = find(open.owner, open.channel);
      if (channel === undefined) {
        open.subscriber.drop((subscription) => subscription.channel === open.channel);
        this.opens.delete(key);
        continue;
      }
      this.place(open, channel);
      for (const id of open.had) if (!channel.retained.has(id)) open.had.delete(id);
      this.catchUp(open, channel);
    }
  }

  private place(open: LocalOpen, channel: Channel): void {
    const opens = this.byChannel.get(channel) ?? new Set();
    this.byChannel.set(channel, opens.add(open));
  }

  /** Gives an open the retained events that match and that it has not had, each once. */
  private catchUp({ channel: handle, subscriber, had }: LocalOpen, channel: Channel): void {
    const subscriptions = [...subscriber.subscriptions.values()].filter((one) => one.channel === handle);
    for (const [id, { event }] of channel.retained) {
      if (had.has(id)) continue;
      const subscription = subscriptions.find(({ filters }) => matches(filters, event.patterns));
      if (subscription === undefined) continue;
      had.add(id);
      subscriber.deliverRetained(subscription, event.priority, () => PublishedEvent.encode(event));
    }
  }
}
