import { SA_TIME_UNKNOWN, SaError, badHandle, isTime, nameBytes } from 'chorale/sdk';
import type { SaName, SaTime } from 'chorale/sdk';
import type { Evt } from './client.js';
import type { EvtChannel } from './event-channel.js';
import type { PublishedEvent } from './messages.proto.js';
import { Limits, SA_EVT_EVENTID_NONE, SA_EVT_HIGHEST_PRIORITY, SA_EVT_LOWEST_PRIORITY } from './operations.js';
import { patternBytes } from './pattern.js';

/** What `attributesSet` takes. Patterns and a publisher that are missing or null stay as they are. */
export interface EventSettings {
  readonly patterns?: readonly (string | Uint8Array)[] | null;
  /** SA_EVT_HIGHEST_PRIORITY to SA_EVT_LOWEST_PRIORITY. */
  readonly priority: number;
  /** How long the channel retains the event after it was published, in nanoseconds; SA_TIME_END: until it is cleared. */
  readonly retentionTime: SaTime;
  readonly publisherName?: SaName | null;
}

export interface EventAttributes {
  readonly patterns: readonly Uint8Array[];
  readonly priority: number;
  readonly retentionTime: SaTime;
  readonly publisherName: Uint8Array;
  /** Nanoseconds since 1970; SA_TIME_UNKNOWN before it was published. */
  readonly publishTime: SaTime;
  readonly eventId: bigint;
}

/** SaEvtEventPatternArrayT with memory of the caller: the patterns are copied into it. */
export interface PatternBuffer {
  /** Patterns of the event, also with ERR_NO_SPACE. */
  patternsNumber: number;
  /** As many as may be copied, each as long as `pattern` is; null: the library makes them. */
  patterns: { readonly pattern: Uint8Array; patternSize: number }[] | null;
}

/** Memory of the caller for an event's data. */
export interface DataBuffer {
  readonly data: Uint8Array | null;
  /** Bytes of the data, also with ERR_NO_SPACE. */
  size: number;
}

const noBytes = new Uint8Array(0);

/** An event (SaEvtEventHandleT): one that the program has allocated and may publish, or one that was delivered to it. */
export class EvtEvent {
  private number: bigint | undefined;
  private freed = false;
  private attributes: EventAttributes;
  private readonly data: Uint8Array | undefined;

  /** @internal */
  constructor(
    private readonly evt: Evt,
    private readonly channel: EvtChannel,
    delivered?: PublishedEvent,
  ) {
    this.data = delivered?.data;
    this.attributes = {
      patterns: delivered?.patterns ?? [],
      priority: delivered?.priority ?? SA_EVT_LOWEST_PRIORITY,
      retentionTime: delivered?.retention ?? 0n,
      publisherName: delivered?.publisher ?? noBytes,
      publishTime: delivered?.time ?? SA_TIME_UNKNOWN,
      eventId: delivered?.id ?? SA_EVT_EVENTID_NONE,
    };
  }

  /** Its number among all handles of the library. Throws ERR_BAD_HANDLE once it is freed. */
  get handle(): bigint {
    this.check();
    // Made when it is asked for: an event that nobody frees is forgotten like any object.
    return (this.number ??= this.channel.registerEvent(this));
  }

  /** saEvtEventFree. Throws ERR_BAD_HANDLE. */
  free(): void {
    this.check();
    this.freed = true;
    if (this.number !== undefined) this.channel.forgetEvent(this.number);
  }

  [Symbol.dispose](): void {
    if (!this.freed && this.channel.isOpen) this.free();
  }

  /** saEvtEventAttributesSet: everything is copied. Throws ERR_INVALID_PARAM, ERR_BAD_HANDLE, ERR_ACCESS for a delivered event. */
  attributesSet(settings: EventSettings): void {
    if (typeof settings !== 'object' || (settings as EventSettings | null) === null) {
      throw new SaError('ERR_INVALID_PARAM', 'give a priority and a retentionTime');
    }
    const { patterns, priority, retentionTime, publisherName } = settings;
    const isPriority =
      Number.isInteger(priority) && priority >= SA_EVT_HIGHEST_PRIORITY && priority <= SA_EVT_LOWEST_PRIORITY;
    if (!isPriority) throw new SaError('ERR_INVALID_PARAM', 'give a priority from 0, the highest, to 3');
    if (!isTime(retentionTime) || retentionTime < 0n) {
      throw new SaError('ERR_INVALID_PARAM', 'give a retention time in nanoseconds, a bigint from 0n to SA_TIME_END');
    }
    if (patterns !== undefined && patterns !== null && !Array.isArray(patterns)) {
      throw new SaError('ERR_INVALID_PARAM', 'give an array of patterns, or none');
    }
    const copies = patterns?.map(patternBytes);
    if (copies !== undefined && copies.length > Limits.PATTERNS) {
      throw new SaError('ERR_INVALID_PARAM', `an event has ${Limits.PATTERNS} patterns at most`);
    }
    const publisher = publisherName === undefined || publisherName === null ? undefined : nameBytes(publisherName);
    this.check();
    if (this.data !== undefined) throw new SaError('ERR_ACCESS', 'a delivered event cannot be changed');
    this.attributes = {
      ...this.attributes,
      priority,
      retentionTime,
      patterns: copies ?? this.attributes.patterns,
      publisherName: publisher ?? this.attributes.publisherName,
    };
  }

  /**
   * saEvtEventAttributesGet: copies of all. With a buffer its patterns are filled in too; ERR_NO_SPACE if they do not fit: what
   * fits is copied, and the sizes are set. Throws ERR_BAD_HANDLE.
   */
  attributesGet(buffer?: PatternBuffer): EventAttributes {
    this.check();
    const { patterns, priority, retentionTime, publisherName, publishTime, eventId } = this.attributes;
    if (buffer !== undefined) fillPatterns(buffer, patterns);
    return {
      patterns: patterns.map((one) => one.slice()),
      priority,
      retentionTime,
      publisherName: publisherName.slice(),
      publishTime,
      eventId,
    };
  }

  /**
   * saEvtEventDataGet: a copy of a delivered event's data; or its size, copied into memory of the caller. Throws ERR_INVALID_PARAM;
   * ERR_BAD_HANDLE, also for an event that was not delivered; ERR_NO_SPACE, with the size, for a buffer that is too small or null.
   */
  dataGet(): Uint8Array;
  dataGet(buffer: DataBuffer): number;
  dataGet(buffer?: DataBuffer | null): Uint8Array | number {
    if (buffer === null) throw new SaError('ERR_INVALID_PARAM', 'give a buffer with room for the size, or none');
    this.check();
    const { data } = this;
    if (data === undefined) throw badHandle('delivered event');
    if (buffer === undefined) return data.slice();
    buffer.size = data.length;
    if (buffer.data === null || buffer.data.length < data.length) {
      throw new SaError('ERR_NO_SPACE', `the data have ${data.length} bytes; give a buffer of this length`);
    }
    buffer.data.set(data);
    return data.length;
  }

  /**
   * saEvtEventPublish: a copy of the event with these data goes to all subscribers. Resolves to its id when it has its place in
   * the order of the cluster; the event can be changed and published again. Rejects with ERR_INVALID_PARAM, ERR_TOO_BIG,
   * ERR_BAD_HANDLE, ERR_ACCESS for a delivered event or without PUBLISHER, ERR_NO_RESOURCES when too many events are retained.
   */
  async publish(eventData: Uint8Array | null = null, eventDataSize = eventData?.length ?? 0): Promise<bigint> {
    if (eventData !== null && !(eventData instanceof Uint8Array)) {
      throw new SaError('ERR_INVALID_PARAM', 'give the data as bytes, or null');
    }
    if (!Number.isInteger(eventDataSize) || eventDataSize < 0 || eventDataSize > (eventData?.length ?? 0)) {
      throw new SaError(
        'ERR_INVALID_PARAM',
        `the size is ${eventDataSize}, the data have ${eventData?.length ?? 0} bytes`,
      );
    }
    if (eventDataSize > Limits.DATA) {
      throw new SaError('ERR_TOO_BIG', `${eventDataSize} bytes of data, ${Limits.DATA} are the most`);
    }
    this.check();
    if (this.data !== undefined) throw new SaError('ERR_ACCESS', 'a delivered event cannot be published');
    if (!this.channel.isPublisher) throw new SaError('ERR_ACCESS', 'the channel was not opened with PUBLISHER');
    const { patterns, priority, retentionTime: retention, publisherName: publisher } = this.attributes;
    const data = eventData?.subarray(0, eventDataSize) ?? noBytes;
    const request = { channel: this.channel.number, patterns: [...patterns], priority, retention, publisher, data };
    const { id: eventId, time: publishTime } = await this.evt.publish(request);
    this.attributes = { ...this.attributes, eventId, publishTime };
    return eventId;
  }

  private check(): void {
    if (this.freed || !this.channel.isOpen) throw badHandle('event');
  }
}

function fillPatterns(buffer: PatternBuffer, patterns: readonly Uint8Array[]): void {
  buffer.patternsNumber = patterns.length;
  if (buffer.patterns === null) {
    buffer.patterns = patterns.map((pattern) => ({ pattern: pattern.slice(), patternSize: pattern.length }));
    return;
  }
  let fits = buffer.patterns.length >= patterns.length;
  buffer.patterns.forEach((entry, place) => {
    const pattern = patterns[place];
    if (pattern === undefined) return;
    entry.patternSize = pattern.length;
    if (pattern.length > entry.pattern.length) fits = false;
    entry.pattern.set(pattern.subarray(0, entry.pattern.length));
  });
  if (!fits)
    throw new SaError('ERR_NO_SPACE', 'the patterns do not fit; patternsNumber and patternSize say what they need');
}
