import { CsError, CsErrorCode } from '../../base/errors.js';
import type { MessageView } from '../../base/message-view.js';
import type { ServiceConnection } from '../../base/service-connection.js';
import { EventStream } from '../event-stream.js';
import { request, textAt } from '../packet.js';
import type { Packet } from '../packet.js';
import { ServiceClient } from '../service-client.js';
import type { CallOptions, ServiceClientOptions } from '../service-client.js';
import { fromWire, toWire, typeNameOf } from './client-values.js';
import type { CmapEntry, CmapInput, CmapTypeName, CmapTypes } from './client-values.js';
import { VALUE_LIMIT } from './icmap.js';
import { TrackEvent } from './key-trackers.js';

export type * from './client-values.js';

/** Which keys a client works on: those of the configuration and the node's state, or the statistics, which are read-only. */
export type CmapMap = 'icmap' | 'stats';

/** What a client of cmap needs. */
export interface CmapClientOptions extends ServiceClientOptions {
  /** `icmap` if not given. */
  readonly map?: CmapMap;
}

/** A key as an iteration shows it. */
export interface CmapKey {
  readonly key: string;
  readonly type: CmapTypeName;
  /** Bytes of the value; text counts its zero byte. */
  readonly length: number;
}

/** A key has changed. What does not exist, before or after, is undefined. */
export interface CmapChange {
  readonly kind: 'add' | 'modify' | 'delete';
  readonly key: string;
  readonly newValue: CmapEntry | undefined;
  readonly oldValue: CmapEntry | undefined;
}

/** What to follow. */
export interface CmapTrackOptions extends CallOptions {
  /** All keys that begin so, instead of the key itself. */
  readonly prefix?: boolean;
  /** Which changes; all if not given. */
  readonly changes?: readonly CmapChange['kind'][];
}

/** A tracker that runs. */
export interface CmapTracker extends AsyncDisposable {
  /** No more changes are told. */
  stop(): Promise<void>;
}

const RequestId = {
  SET: 0,
  DELETE: 1,
  GET: 2,
  ADJUST: 3,
  ITERATOR_INIT: 4,
  ITERATOR_NEXT: 5,
  ITERATOR_FINALIZE: 6,
  TRACK_ADD: 7,
  TRACK_DELETE: 8,
  SET_MAP: 9,
} as const;
const NOTIFICATION = 9;
const KEY_LIMIT = 255;
const KEY_ROOM = 256;
/** A value's room that is asked for at first: nearly all fit. */
const USUAL_VALUE = 512;
const EVENT_BITS = { add: TrackEvent.ADD, modify: TrackEvent.MODIFY, delete: TrackEvent.DELETE } as const;

const encoder = new TextEncoder();

/**
 * A client of the configuration map: typed keys that are read, set, counted, listed and followed.
 *
 * A key has 3 to 255 of the characters `a-z A-Z 0-9 . _ - / :`. Calls reject with ERR_NAME_TOO_LONG for another,
 * ERR_ACCESS for a change of a key that is read-only.
 */
export class CmapClient extends ServiceClient<CmapChange> {
  protected readonly hints = hints;
  private readonly trackers = new Map<bigint, (change: CmapChange) => void>();
  private lastInstance = 0n;
  private chosen: Promise<void> | undefined;

  constructor(
    connection: ServiceConnection,
    private readonly options: CmapClientOptions,
  ) {
    super(connection, options);
  }

  /** A key's value with its type; undefined if there is no such key. */
  get(key: string): Promise<CmapEntry | undefined>;
  /** A key's value if it has this type; undefined if there is no such key. Rejects with ERR_INVALID_PARAM for another type. */
  get<T extends CmapTypeName>(key: string, type: T): Promise<CmapTypes[T] | undefined>;
  async get(key: string, type?: CmapTypeName): Promise<CmapEntry | CmapEntry['value'] | undefined> {
    const entry = await this.fetch(key);
    if (type === undefined || entry === undefined) return entry;
    if (entry.type !== type) {
      throw new CsError('ERR_INVALID_PARAM', `the key ${key} is of type ${entry.type}, not ${type}.`);
    }
    return entry.value;
  }

  /**
   * Sets a key, which is made if it does not exist; its type may change. A value that is the same already is no change.
   * Rejects with ERR_INVALID_PARAM for text with a zero byte or more than 16384 bytes.
   */
  async set<T extends CmapTypeName>(key: string, type: T, value: CmapInput[T]): Promise<void> {
    const bytes = toWire(type, value);
    const message = keyed(RequestId.SET, 296 + bytes.bytes.length, key)
      .u64(280, bytes.bytes.length)
      .u8(288, bytes.type)
      .put(296, bytes.bytes);
    await this.call(message.bytes, `set ${key}`);
  }

  /** Deletes a key. Rejects with ERR_NOT_EXIST if there is none. */
  async delete(key: string): Promise<void> {
    await this.call(keyed(RequestId.DELETE, 280, key).bytes, `delete ${key}`);
  }

  /** Adds to an integer, in one step for all clients; it wraps around in its type. Rejects with ERR_NOT_EXIST, ERR_INVALID_PARAM. */
  async adjust(key: string, step: number): Promise<void> {
    await this.call(keyed(RequestId.ADJUST, 288, key).u32(280, step).bytes, `count ${key}`);
  }

  /** Adds one. */
  inc(key: string): Promise<void> {
    return this.adjust(key, 1);
  }

  /** Subtracts one. */
  dec(key: string): Promise<void> {
    return this.adjust(key, -1);
  }

  /** The keys that begin with `prefix`, in byte order. Keys that come or go meanwhile may be among them or not. */
  async *keys(prefix = ''): AsyncGenerator<CmapKey, void, undefined> {
    const handle = (await this.call(keyed(RequestId.ITERATOR_INIT, 280, prefix).bytes, 'iterate')).u64(24);
    try {
      for (;;) {
        const answer = await this.tell(request(RequestId.ITERATOR_NEXT, 24).u64(16, handle).bytes);
        if (answer.i32(16) === CsErrorCode.ERR_NO_SECTIONS) return;
        this.check(answer, 'iterate');
        yield {
          key: textAt(answer, 32, KEY_ROOM),
          type: typeNameOf(answer.u8(296)),
          length: Number(answer.u64(288)),
        };
      }
    } finally {
      if (!this.failure) await this.tell(request(RequestId.ITERATOR_FINALIZE, 24).u64(16, handle).bytes);
    }
  }

  /** The keys that begin with `prefix`, with their values. */
  async *entries(prefix = ''): AsyncGenerator<readonly [key: string, entry: CmapEntry], void, undefined> {
    for await (const { key } of this.keys(prefix)) {
      const entry = await this.get(key);
      if (entry) yield [key, entry];
    }
  }

  /**
   * The changes of a key from now on, also those this client makes: `for await (const change of await cmap.track(key))`.
   * The key need not exist. Leaving the loop stops the tracking.
   */
  async track(key: string, options: CmapTrackOptions = {}): Promise<EventStream<CmapChange>> {
    let stop = (): Promise<void> => Promise.resolve();
    const stream: EventStream<CmapChange> = new EventStream(
      this.streamOwner(() => stop()),
      options.signal,
    );
    this.ended.then(
      (reason) => stream.end(reason),
      () => undefined,
    );
    ({ stop } = await this.onChange(key, (change) => stream.push(change), options));
    return stream;
  }

  /** Calls `listener` with each change of a key from now on, until the tracker that this resolves to is stopped. */
  async onChange(
    key: string,
    listener: (change: CmapChange) => void,
    { prefix = false, changes = ['add', 'modify', 'delete'], signal }: CmapTrackOptions = {},
  ): Promise<CmapTracker> {
    const bits = changes.reduce((sum, kind) => sum | EVENT_BITS[kind], prefix ? TrackEvent.PREFIX : 0);
    const instance = ++this.lastInstance;
    this.trackers.set(instance, listener);
    const message = keyed(RequestId.TRACK_ADD, 296, key).u32(280, bits).u64(288, instance);
    let handle: bigint;
    try {
      handle = (await this.call(message.bytes, `follow ${key}`, signal && { signal })).u64(24);
    } catch (thrown) {
      this.trackers.delete(instance);
      throw thrown;
    }
    const stop = async (): Promise<void> => {
      if (!this.trackers.delete(instance) || this.failure) return;
      await this.ask(request(RequestId.TRACK_DELETE, 24).u64(16, handle).bytes, 'stop following');
    };
    return { stop, [Symbol.asyncDispose]: stop };
  }

  /** Changes go to who follows their key, and to `listen` and `events()` besides: there, those of all trackers. */
  protected read(message: MessageView): CmapChange | undefined {
    if (message.i32(0) !== NOTIFICATION) return undefined;
    const event = message.u32(296);
    const newLength = Number(message.u64(320));
    const change: CmapChange = {
      kind: event === TrackEvent.ADD ? 'add' : event === TrackEvent.DELETE ? 'delete' : 'modify',
      key: textAt(message, 40, KEY_ROOM),
      newValue: fromWire(message.u8(304), message.copy(336, newLength)),
      oldValue: fromWire(message.u8(312), message.copy(336 + newLength, Number(message.u64(328)))),
    };
    const tracker = this.trackers.get(message.u64(24));
    if (!tracker) return undefined;
    tracker(change);
    return change;
  }

  /** Asks for the usual room, for the value's own if that is too little, and again if the value grows meanwhile. */
  private async fetch(key: string): Promise<CmapEntry | undefined> {
    await this.choose();
    for (let room = USUAL_VALUE; ;) {
      const answer = await this.tell(keyed(RequestId.GET, 288, key).u64(280, room).bytes);
      const error = answer.i32(16);
      if (error === CsErrorCode.ERR_NOT_EXIST) return undefined;
      if (error === CsErrorCode.ERR_INVALID_PARAM && room > 0 && room < VALUE_LIMIT) {
        room = 0;
        continue;
      }
      this.check(answer, `get ${key}`);
      const length = Number(answer.u64(24));
      if (length <= room) return fromWire(answer.u8(32), answer.copy(40, length));
      room = length;
    }
  }

  private async call(message: Uint8Array, what: string, options?: CallOptions): Promise<MessageView> {
    await this.choose();
    return this.ask(message, what, options);
  }

  /** A connection begins on the map of the configuration. */
  private choose(): Promise<void> {
    const { map = 'icmap' } = this.options;
    this.chosen ??=
      map === 'icmap'
        ? Promise.resolve()
        : this.ask(request(RequestId.SET_MAP, 24).u32(16, 1).bytes, 'show the statistics').then(() => undefined);
    return this.chosen;
  }
}

/** A request that names a key. Corosync reads it up to its zero byte. */
function keyed(id: number, size: number, key: string): Packet {
  const bytes = encoder.encode(key);
  if (bytes.length > KEY_LIMIT) {
    throw new CsError('ERR_NAME_TOO_LONG', `the key has ${bytes.length} bytes: use at most ${KEY_LIMIT}.`);
  }
  return request(id, size).u16(16, bytes.length).put(24, bytes);
}

const hints = new Map<number, string>([
  [CsErrorCode.ERR_NOT_EXIST, ': there is no such key.'],
  [CsErrorCode.ERR_ACCESS, ': the key is read-only.'],
  [CsErrorCode.ERR_NAME_TOO_LONG, ': a key has 3 to 255 of the characters a-z A-Z 0-9 . _ - / :'],
  [CsErrorCode.ERR_INVALID_PARAM, ': the value does not fit its type, or the key is no integer.'],
  [CsErrorCode.ERR_NOT_SUPPORTED, ': statistics can only be read, and cleared by setting a stats.clear key.'],
]);
