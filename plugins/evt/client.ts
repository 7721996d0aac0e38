import { AisHandle, AisLibrary, B_01_01, HandleType, SaError, badHandle, daemonBindings, nameBytes } from 'chorale/sdk';
import type { LibraryBindings, SaName, SaTime, Session } from 'chorale/sdk';
import { EvtChannel } from './event-channel.js';
import type { EvtSubscription } from './event-channel.js';
import { EvtEvent } from './event.js';
import { PublishedEvent } from './messages.proto.js';
import type { Filter, OpenRequest, PublishReply, PublishRequest } from './messages.proto.js';
import { Operations, SA_EVT_HIGHEST_PRIORITY, SA_EVT_LOST_EVENT, SERVICE, delivery, lost } from './operations.js';
import { SA_EVT_EVENTID_LOST } from './operations.js';
import { Receipts } from './receipts.js';

export { EvtChannel } from './event-channel.js';
export type { EventFilter } from './event-channel.js';
export { EvtEvent } from './event.js';
export type { DataBuffer, EventAttributes, EventSettings, PatternBuffer } from './event.js';
export {
  ChannelOpenFlags,
  FilterType,
  Limits,
  SA_EVT_EVENTID_LOST,
  SA_EVT_EVENTID_NONE,
  SA_EVT_HIGHEST_PRIORITY,
  SA_EVT_LOST_EVENT,
  SA_EVT_LOWEST_PRIORITY,
} from './operations.js';

/** SaEvtCallbacksT. `error` is undefined for SA_AIS_OK. */
export interface EvtCallbacks {
  /** saEvtChannelOpenCallback. */
  channelOpen(invocation: bigint, channel: EvtChannel | undefined, error: SaError | undefined): void;
  /** saEvtEventDeliverCallback: `event` is good until it is freed or its channel is closed. */
  eventDeliver(subscriptionId: number, event: EvtEvent, eventDataSize: number): void;
}

/** A publication that is on its way. */
interface Publication {
  request: PublishRequest;
  resolve(reply: PublishReply): void;
  reject(error: SaError): void;
}

const CHANNEL = new HandleType<EvtChannel>('event channel');
const EVENT = new HandleType<EvtEvent>('event');
/** A loss notice comes before every event. */
const LOSS_PRIORITY = SA_EVT_HIGHEST_PRIORITY - 1;
const noBytes = new Uint8Array(0);

/** The Event library, B.01.01: `initialize` gives handles. */
export class EvtLibrary extends AisLibrary<EvtCallbacks, Evt> {
  /** Without bindings: the daemon on this host. */
  constructor(bindings: LibraryBindings = daemonBindings()) {
    super({ service: SERVICE.name, versions: [B_01_01], create: (session) => new Evt(session) }, bindings);
  }
}

/** A handle of the Event library (SaEvtHandleT). Methods that wait reject with an SaError, the others throw it. */
export class Evt extends AisHandle<EvtCallbacks> {
  private lastNumber = 0;
  /** By the number that the service knows them by. */
  private readonly subscriptions = new Map<number, EvtSubscription>();
  private readonly receipts = new Receipts((taken) => {
    this.call(Operations.taken, taken).catch(() => undefined);
  });
  private readonly publications = new Set<Publication>();
  /** Publications that cannot be sent yet, in order. */
  private line: Publication[] = [];

  constructor(session: Session<EvtCallbacks>) {
    super(session);
    this.onNotice(delivery, ({ subscription, event }) => this.delivered(subscription, event));
    this.onNotice(lost, ({ subscription }) => this.lossNoticed(subscription));
  }

  /** saEvtFinalize. */
  override finalize(): Promise<void> {
    const done = super.finalize();
    const error = badHandle('library handle');
    for (const publication of this.publications) publication.reject(error);
    this.publications.clear();
    this.line = [];
    return done;
  }

  /**
   * saEvtChannelOpen. ERR_INVALID_PARAM for no name, ERR_BAD_FLAGS, ERR_TIMEOUT; ERR_NOT_EXIST without CREATE for a channel that
   * is not there.
   */
  async channelOpen(name: SaName, openFlags: number, timeout: SaTime): Promise<EvtChannel> {
    const request = this.openRequest(name, openFlags);
    this.check();
    let opened: EvtChannel | undefined;
    await this.call(Operations.open, request, {
      timeout,
      arrived: () => {
        opened = this.opened(request);
      },
      late: () => void this.call(Operations.close, { channel: request.channel }).catch(() => undefined),
    });
    return opened!;
  }

  /** saEvtChannelOpenAsync: the channel comes by the callback. Throws ERR_INIT without one. */
  channelOpenAsync(invocation: bigint, name: SaName, openFlags: number): void {
    const request = this.openRequest(name, openFlags);
    this.check();
    const callback = this.needed('channelOpen');
    this.start(Operations.open, request, ({ error }) => {
      const channel = error === undefined ? this.opened(request) : undefined;
      this.queue(() => callback(invocation, channel, error));
    });
  }

  /** saEvtChannelUnlink: frees the name; who has the channel open keeps it. ERR_NOT_EXIST. */
  async channelUnlink(name: SaName): Promise<void> {
    const bytes = nameBytes(name);
    await this.call(Operations.unlink, { name: bytes });
  }

  /** The channel with this handle. Throws ERR_BAD_HANDLE. */
  channel(handle: bigint): EvtChannel {
    this.check();
    return this.handles.get(CHANNEL, handle);
  }

  /** The event with this handle. Throws ERR_BAD_HANDLE. */
  event(handle: bigint): EvtEvent {
    this.check();
    return this.handles.get(EVENT, handle);
  }

  /** @internal See EvtChannel. */
  async closeChannel(channel: EvtChannel): Promise<void> {
    this.ended(channel);
    this.closed(channel.handle);
    await this.call(Operations.close, { channel: channel.number });
  }

  /** @internal See EvtChannel. `subscription` counts at once. */
  async subscribe(subscription: EvtSubscription, filters: Filter[]): Promise<void> {
    const { channel, number } = subscription;
    this.subscriptions.set(number, subscription);
    try {
      await this.call(Operations.subscribe, { channel: channel.number, subscription: number, filters });
    } catch (thrown) {
      this.subscriptions.delete(number);
      throw thrown;
    }
  }

  /** @internal See EvtChannel. */
  async unsubscribe({ number }: EvtSubscription): Promise<void> {
    this.subscriptions.delete(number);
    await this.call(Operations.unsubscribe, { subscription: number });
  }

  /** @internal See EvtChannel. */
  async clear(channel: EvtChannel, event: bigint): Promise<void> {
    await this.call(Operations.clear, { channel: channel.number, event });
  }

  /** @internal See EvtEvent. The data are copied before it returns. Publications of a handle are done in order. */
  publish(request: PublishRequest): Promise<PublishReply> {
    return new Promise((resolve, reject) => {
      const publication = { request, resolve, reject };
      this.publications.add(publication);
      if (this.line.length === 0 && this.send(publication)) return;
      publication.request = { ...request, data: request.data.slice() };
      if (this.line.push(publication) === 1) void this.sendLine();
    });
  }

  /** @internal Throws what it throws without the callback. */
  checkDeliver(): void {
    this.needed('eventDeliver');
  }

  /** @internal A number that this handle has not used. */
  number(): number {
    return (this.lastNumber = (this.lastNumber + 1) >>> 0);
  }

  /** @internal */
  register(event: EvtEvent): bigint {
    return this.open(EVENT, event);
  }

  /** @internal */
  freed(handle: bigint): void {
    this.closed(handle);
  }

  private openRequest(name: SaName, flags: number): OpenRequest {
    const bytes = nameBytes(name);
    if (!Number.isInteger(flags) || flags <= 0 || flags > 7) {
      throw new SaError('ERR_BAD_FLAGS', 'give PUBLISHER, SUBSCRIBER or both, with CREATE if it may be made');
    }
    return { channel: this.number(), name: bytes, flags };
  }

  private opened({ channel: number, flags }: OpenRequest): EvtChannel {
    const channel = new EvtChannel(this, number, flags);
    const ended = (): void => {
      this.ended(channel);
      channel.finalized();
    };
    channel.registered(this.open(CHANNEL, channel, ended));
    return channel;
  }

  /** Its subscriptions are none any more. */
  private ended(channel: EvtChannel): void {
    for (const [number, subscription] of this.subscriptions) {
      if (subscription.channel === channel) this.subscriptions.delete(number);
    }
  }

  private delivered(number: number, bytes: Uint8Array): void {
    const published = PublishedEvent.view(bytes);
    const { priority } = published;
    this.queueEvent(number, published, priority, () => this.receipts.event(priority, bytes.length));
  }

  private lossNoticed(number: number): void {
    const patterns = [new TextEncoder().encode(SA_EVT_LOST_EVENT)];
    const id = SA_EVT_EVENTID_LOST;
    const priority = SA_EVT_HIGHEST_PRIORITY;
    const notice = { id, time: 0n, patterns, priority, retention: 0n, publisher: noBytes, data: noBytes };
    this.queueEvent(number, notice, LOSS_PRIORITY, () => this.receipts.loss(number));
  }

  /** `taken` is called once, when the event is dispatched or dropped. */
  private queueEvent(number: number, published: PublishedEvent, priority: number, taken: () => void): void {
    const subscription = this.subscriptions.get(number);
    const { eventDeliver } = this.callbacks;
    if (subscription === undefined || !eventDeliver) {
      taken();
      return;
    }
    const { channel, id } = subscription;
    const run = (): void => {
      taken();
      eventDeliver(id, new EvtEvent(this, channel, published), published.data.length);
    };
    // Asked once with the answer false: it is dropped then.
    const valid = (): boolean => {
      const isValid = this.subscriptions.get(number) === subscription;
      if (!isValid) taken();
      return isValid;
    };
    this.queue(run, { priority, valid });
  }

  /** False: too much waits to be sent. */
  private send(publication: Publication): boolean {
    const { request, resolve, reject } = publication;
    const settled = (): boolean => this.publications.delete(publication);
    try {
      const operation = request.retention > 0n ? Operations.retain : Operations.publish;
      this.start(operation, request, ({ error, reply }) => {
        if (settled()) error === undefined ? resolve(reply) : reject(error);
      });
    } catch (thrown) {
      const error = thrown as SaError;
      if (error.spec === 'SA_AIS_ERR_TRY_AGAIN') return false;
      settled();
      reject(error);
    }
    return true;
  }

  private async sendLine(): Promise<void> {
    while (this.line.length > 0) {
      try {
        // Answered when the connection has room again.
        await this.call(Operations.taken, { priorities: [], losses: [] });
      } catch (thrown) {
        for (const publication of this.line.splice(0)) {
          this.publications.delete(publication);
          publication.reject(thrown as SaError);
        }
      }
      while (this.line.length > 0 && this.send(this.line[0]!)) this.line.shift();
    }
  }
}
