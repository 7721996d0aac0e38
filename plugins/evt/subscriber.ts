import type { OwnerId } from 'chorale/sdk';
import type { Taken } from './messages.proto.js';
import { Limits, SA_EVT_LOWEST_PRIORITY } from './operations.js';
import type { PatternFilter } from './filter.js';

/** What a subscriber is sent at most, of one priority, before it has dispatched some of it. */
const WINDOW_EVENTS = 128;
const WINDOW_BYTES = 512 * 1024;

/** A subscription of a client of this node. */
export interface Subscription {
  /** The client's number for the open that it is of, and for itself. */
  readonly channel: number;
  readonly number: number;
  readonly filters: readonly PatternFilter[];
  /** A loss notice is on its way. */
  lossPending: boolean;
}

/** How a subscriber is reached. */
export interface Outlet {
  deliver(owner: OwnerId, subscription: number, event: Uint8Array): void;
  lost(owner: OwnerId, subscription: number): void;
}

interface Waiting {
  readonly subscription: Subscription;
  /** Encodes it when it is sent. */
  readonly encode: () => Uint8Array;
  /** What it takes here; undefined: its channel retains it, so it takes no room, and is not dropped. */
  readonly bytes: number | undefined;
}

/** The events of one priority. */
class Lane {
  /** Those that the window has no room for. */
  waiting: Waiting[] = [];
  /** Sent, and not dispatched. */
  events = 0;
  bytes = 0;

  get hasRoom(): boolean {
    return this.events < WINDOW_EVENTS && (this.events === 0 || this.bytes < WINDOW_BYTES);
  }
}

/**
 * What one library handle is told: its events, by priority and in order. It is sent a window of each priority; the rest waits
 * here, so that a program that does not dispatch costs a bounded amount, and hinders nobody. Over the bound the newest events of
 * the lowest priority are dropped, and their subscriptions get a loss notice.
 */
export class Subscriber {
  /** By the client's number. */
  readonly subscriptions = new Map<number, Subscription>();
  private readonly lanes = Array.from({ length: SA_EVT_LOWEST_PRIORITY + 1 }, () => new Lane());
  private waiting = 0;
  private waitingBytes = 0;
  private sent = 0;

  constructor(
    private readonly owner: OwnerId,
    private readonly outlet: Outlet,
  ) {}

  /** Events that it has not dispatched, wherever they wait, without those that are retained and not sent yet. */
  get length(): number {
    return this.waiting + this.sent;
  }

  deliver(subscription: Subscription, priority: number, event: Uint8Array): void {
    const lane = this.lanes[priority]!;
    const isFull = this.length >= Limits.WAITING || this.waitingBytes + event.length > Limits.WAITING_BYTES;
    if (isFull && !this.makeRoom(priority, event.length)) {
      this.lose(subscription);
      return;
    }
    lane.waiting.push({ subscription, encode: () => event, bytes: event.length });
    this.waiting++;
    this.waitingBytes += event.length;
    this.send(lane);
  }

  /** An event that its channel retains: however many there are, all are delivered, as fast as the client takes them. */
  deliverRetained(subscription: Subscription, priority: number, encode: () => Uint8Array): void {
    const lane = this.lanes[priority]!;
    lane.waiting.push({ subscription, encode, bytes: undefined });
    this.send(lane);
  }

  /** The client has dispatched something. */
  taken({ priorities, losses }: Taken): void {
    for (const { priority, events, bytes } of priorities) {
      const lane = this.lanes[priority];
      if (lane === undefined) continue;
      const count = Math.min(events, lane.events);
      this.sent -= count;
      lane.events -= count;
      lane.bytes = Math.max(0, lane.bytes - bytes);
    }
    for (const number of losses) {
      const subscription = this.subscriptions.get(number);
      if (subscription !== undefined) subscription.lossPending = false;
    }
    for (const lane of this.lanes) this.send(lane);
  }

  /** No event is delivered any more to these. */
  drop(isDropped: (subscription: Subscription) => boolean): void {
    for (const [number, subscription] of this.subscriptions) {
      if (isDropped(subscription)) this.subscriptions.delete(number);
    }
    for (const lane of this.lanes) {
      const dropped = lane.waiting.filter(({ subscription }) => isDropped(subscription));
      if (dropped.length === 0) continue;
      lane.waiting = lane.waiting.filter(({ subscription }) => !isDropped(subscription));
      for (const one of dropped) this.forget(one);
    }
  }

  /** Drops the newest event of the lowest priority below `priority`, until there is room. False: none is lower. */
  private makeRoom(priority: number, bytes: number): boolean {
    for (let lowest = SA_EVT_LOWEST_PRIORITY; lowest > priority; lowest--) {
      const { waiting } = this.lanes[lowest]!;
      const isDroppable = ({ bytes: size }: Waiting): boolean => size !== undefined;
      for (let at = waiting.findLastIndex(isDroppable); at >= 0; at = waiting.findLastIndex(isDroppable)) {
        const [newest] = waiting.splice(at, 1) as [Waiting];
        this.forget(newest);
        this.lose(newest.subscription);
        if (this.waitingBytes + bytes <= Limits.WAITING_BYTES) return true;
      }
    }
    return false;
  }

  /** One notice tells of all losses until it is dispatched. */
  private lose(subscription: Subscription): void {
    if (subscription.lossPending) return;
    subscription.lossPending = true;
    this.outlet.lost(this.owner, subscription.number);
  }

  private send(lane: Lane): void {
    let sent = 0;
    for (const one of lane.waiting) {
      if (!lane.hasRoom) break;
      const event = one.encode();
      lane.events++;
      lane.bytes += event.length;
      this.sent++;
      this.forget(one);
      this.outlet.deliver(this.owner, one.subscription.number, event);
      sent++;
    }
    if (sent > 0) lane.waiting.splice(0, sent);
  }

  private forget({ bytes }: Waiting): void {
    if (bytes === undefined) return;
    this.waiting--;
    this.waitingBytes -= bytes;
  }
}
