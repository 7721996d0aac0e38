import { SaError, badHandle } from 'chorale/sdk';
import type { Evt } from './client.js';
import { EvtEvent } from './event.js';
import { ChannelOpenFlags, FilterType, LAST_RESERVED_EVENT_ID, Limits } from './operations.js';
import type { Filter } from './messages.proto.js';
import { patternBytes } from './pattern.js';

/** SaEvtEventFilterT: text stands for its UTF-8 bytes. PASS_ALL needs no filter. */
export interface EventFilter {
  readonly filterType: FilterType;
  readonly filter?: string | Uint8Array;
}

/** @internal A subscription, as the library knows it. */
export interface EvtSubscription {
  readonly channel: EvtChannel;
  /** The program's. */
  readonly id: number;
  /** The service's; never used again by this handle. */
  readonly number: number;
}

/** An event channel that a library handle has open (SaEvtChannelHandleT). */
export class EvtChannel {
  private open = true;
  private id = 0n;
  private readonly subscriptions = new Map<number, EvtSubscription>();
  /** Handles of events that were allocated on it or delivered through it. */
  private readonly events = new Set<bigint>();

  constructor(
    private readonly evt: Evt,
    /** @internal Its number at the service. */
    readonly number: number,
    private readonly flags: number,
  ) {}

  /** Its number among all handles of the library. */
  get handle(): bigint {
    return this.id;
  }

  /** The library handle that it was opened through. */
  get library(): Evt {
    return this.evt;
  }

  get isOpen(): boolean {
    return this.open;
  }

  /** Whether events can be published on it. */
  get isPublisher(): boolean {
    return (this.flags & ChannelOpenFlags.PUBLISHER) !== 0;
  }

  /** saEvtChannelClose: ends its subscriptions and frees its events. Rejects with ERR_BAD_HANDLE. */
  async close(): Promise<void> {
    this.check();
    this.finalized();
    await this.evt.closeChannel(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.open) await this.close();
  }

  /** saEvtEventAllocate: an event without patterns, of the lowest priority. Throws ERR_BAD_HANDLE. */
  eventAllocate(): EvtEvent {
    this.check();
    return new EvtEvent(this.evt, this);
  }

  /**
   * saEvtEventSubscribe: events that all filters match come by the callback `eventDeliver`, retained ones first.
   * Rejects with ERR_INVALID_PARAM, ERR_BAD_HANDLE, ERR_INIT without the callback, ERR_ACCESS without SUBSCRIBER, ERR_EXIST for an
   * id that this open uses.
   */
  async eventSubscribe(filters: readonly EventFilter[], subscriptionId: number): Promise<void> {
    const wanted = filtersOf(filters);
    if (!Number.isInteger(subscriptionId) || subscriptionId < 0 || subscriptionId > 0xffff_ffff) {
      throw new SaError('ERR_INVALID_PARAM', 'give a subscription id of 32 bits');
    }
    this.check();
    this.evt.checkDeliver();
    if ((this.flags & ChannelOpenFlags.SUBSCRIBER) === 0) {
      throw new SaError('ERR_ACCESS', 'the channel was not opened with SUBSCRIBER');
    }
    if (this.subscriptions.has(subscriptionId)) {
      throw new SaError('ERR_EXIST', `subscription ${subscriptionId} of this channel is there; choose another id`);
    }
    const subscription = { channel: this, id: subscriptionId, number: this.evt.number() };
    this.subscriptions.set(subscriptionId, subscription);
    try {
      await this.evt.subscribe(subscription, wanted);
    } catch (thrown) {
      if (this.subscriptions.get(subscriptionId) === subscription) this.subscriptions.delete(subscriptionId);
      throw thrown;
    }
  }

  /** saEvtEventUnsubscribe: nothing more is delivered for the id from now on. Rejects with ERR_BAD_HANDLE, ERR_NOT_EXIST. */
  async eventUnsubscribe(subscriptionId: number): Promise<void> {
    this.check();
    const subscription = this.subscriptions.get(subscriptionId);
    if (subscription === undefined) {
      throw new SaError('ERR_NOT_EXIST', `this channel has no subscription ${String(subscriptionId)}`);
    }
    this.subscriptions.delete(subscriptionId);
    await this.evt.unsubscribe(subscription);
  }

  /**
   * saEvtEventRetentionTimeClear: the channel retains the event no longer. Rejects with ERR_INVALID_PARAM for a reserved id,
   * ERR_BAD_HANDLE, ERR_NOT_EXIST for an event that it does not retain.
   */
  async eventRetentionTimeClear(eventId: bigint): Promise<void> {
    if (typeof eventId !== 'bigint' || eventId <= LAST_RESERVED_EVENT_ID || eventId >= 2n ** 64n) {
      throw new SaError('ERR_INVALID_PARAM', `give the id of an event, a bigint above ${LAST_RESERVED_EVENT_ID}`);
    }
    this.check();
    await this.evt.clear(this, eventId);
  }

  /** @internal */
  registered(handle: bigint): void {
    this.id = handle;
  }

  /** @internal Throws ERR_BAD_HANDLE once it is closed. */
  check(): void {
    if (!this.open) throw badHandle('event channel');
  }

  /** @internal */
  registerEvent(event: EvtEvent): bigint {
    const handle = this.evt.register(event);
    this.events.add(handle);
    return handle;
  }

  /** @internal */
  forgetEvent(handle: bigint): void {
    this.events.delete(handle);
    this.evt.freed(handle);
  }

  /** @internal It is closed, the library handle is finalized, or the service is gone. */
  finalized(): void {
    this.open = false;
    this.subscriptions.clear();
    for (const handle of this.events) this.forgetEvent(handle);
  }
}

/** The filters as they travel, copied. Throws ERR_INVALID_PARAM. */
function filtersOf(filters: readonly EventFilter[]): Filter[] {
  if (!Array.isArray(filters) || filters.length > Limits.PATTERNS) {
    throw new SaError('ERR_INVALID_PARAM', `give an array of filters, ${Limits.PATTERNS} at most`);
  }
  return (filters as readonly (EventFilter | null | undefined)[]).map((one) => {
    if (typeof one !== 'object' || one === null)
      throw new SaError('ERR_INVALID_PARAM', 'give filters with a filterType');
    const { filterType, filter = '' } = one;
    const isType = Object.values(FilterType).includes(filterType);
    if (!isType) throw new SaError('ERR_INVALID_PARAM', `${String(filterType)} is no filter type; see FilterType`);
    return { type: filterType, pattern: patternBytes(filter) };
  });
}
