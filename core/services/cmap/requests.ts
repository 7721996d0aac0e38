import { CsError, CsErrorCode } from '../../base/errors.js';
import { MalformedMessage } from '../../base/message-view.js';
import type { MessageView } from '../../base/message-view.js';
import type { Client, RequestHandler } from '../../host/service-engine.js';
import { requestHandlers } from '../handlers.js';
import type { Refusals } from '../handlers.js';
import { event, response, RESPONSE_HEADER, textAt } from '../packet.js';
import { VALUE_LIMIT } from './icmap.js';
import type { Icmap, KeyMap } from './icmap.js';
import type { KeyChange, Tracker } from './key-trackers.js';
import type { ValueType } from './values.js';

const { OK, ERR_INVALID_PARAM, ERR_BAD_HANDLE, ERR_BUSY, ERR_ACCESS, ERR_NOT_EXIST, ERR_NO_SECTIONS } = CsErrorCode;

/** A key's name in a message: u16 length, then up to 256 bytes from 8. Clients end it with a zero byte. */
const KEY = 264;
const KEY_ROOM = 256;

const ResponseId = {
  SET: 0,
  DELETE: 1,
  GET: 2,
  ADJUST: 3,
  ITERATOR_INIT: 4,
  ITERATOR_NEXT: 5,
  ITERATOR_FINALIZE: 6,
  TRACK_ADD: 7,
  TRACK_DELETE: 8,
  NOTIFICATION: 9,
  SET_MAP: 10,
} as const;

/** Once it has come to the end it stays there, whatever keys come. */
interface KeyIterator {
  readonly prefix: string;
  last: string | undefined;
  ended: boolean;
}

/** What the engine keeps for one connection. */
interface Session {
  map: KeyMap;
  readonly iterators: Map<bigint, KeyIterator>;
  readonly trackers: Map<bigint, { readonly tracker: Tracker; readonly instance: bigint }>;
}

/** What clients may ask the configuration map for, by request id. */
export class CmapRequests {
  readonly handlers: readonly RequestHandler[];
  private readonly sessions = new Map<Client, Session>();
  private handle = 0n;

  constructor(
    private readonly icmap: Icmap,
    private readonly statistics: KeyMap,
    refusals: Refusals,
  ) {
    type Handle = (session: Session, request: MessageView, client: Client) => Uint8Array;
    const answer =
      (handle: Handle): RequestHandler =>
      (client, request) => {
        const session = this.sessions.get(client);
        if (session) client.respond([handle(session, request, client)]);
      };
    this.handlers = requestHandlers(refusals, [
      [296, ResponseId.SET, answer((session, request) => status(ResponseId.SET, set(session.map, request)))],
      [280, ResponseId.DELETE, answer((session, request) => status(ResponseId.DELETE, remove(session.map, request)))],
      [288, ResponseId.GET, answer((session, request) => get(session.map, request))],
      [288, ResponseId.ADJUST, answer((session, request) => status(ResponseId.ADJUST, adjust(session.map, request)))],
      [280, ResponseId.ITERATOR_INIT, answer((session, request) => this.iterate(session, request))],
      [24, ResponseId.ITERATOR_NEXT, answer((session, request) => next(session, request))],
      [
        24,
        ResponseId.ITERATOR_FINALIZE,
        answer((session, request) => {
          const known = session.iterators.delete(request.u64(16));
          return status(ResponseId.ITERATOR_FINALIZE, known ? OK : ERR_BAD_HANDLE);
        }),
      ],
      [296, ResponseId.TRACK_ADD, answer((session, request, client) => this.track(session, request, client))],
      [24, ResponseId.TRACK_DELETE, answer((session, request) => untrack(session, request))],
      [24, ResponseId.SET_MAP, answer((session, request) => this.setMap(session, request))],
    ]);
  }

  connect(client: Client): void {
    this.sessions.set(client, { map: this.icmap, iterators: new Map(), trackers: new Map() });
  }

  disconnect(client: Client): void {
    const session = this.sessions.get(client);
    if (!session) return;
    for (const { tracker } of session.trackers.values()) session.map.untrack(tracker);
    this.sessions.delete(client);
  }

  private iterate(session: Session, request: MessageView): Uint8Array {
    const prefix = request.u16(16) === 0 ? '' : keyAt(request);
    const handle = ++this.handle;
    session.iterators.set(handle, { prefix, last: undefined, ended: false });
    return response(ResponseId.ITERATOR_INIT, OK, 32).u64(24, handle).bytes;
  }

  private track(session: Session, request: MessageView, client: Client): Uint8Array {
    const key = request.u16(16) === 0 ? '' : keyAt(request);
    const instance = request.u64(288);
    try {
      const tracker = session.map.track(key, request.u32(280), (change) =>
        client.event([notification(change, instance)]),
      );
      const handle = ++this.handle;
      session.trackers.set(handle, { tracker, instance });
      return response(ResponseId.TRACK_ADD, OK, 32).u64(24, handle).bytes;
    } catch (thrown) {
      if (!(thrown instanceof CsError)) throw thrown;
      return response(ResponseId.TRACK_ADD, thrown.code, 32).bytes;
    }
  }

  private setMap(session: Session, request: MessageView): Uint8Array {
    const map = request.u32(16);
    if (session.iterators.size > 0 || session.trackers.size > 0) return status(ResponseId.SET_MAP, ERR_BUSY);
    if (map > 1) return status(ResponseId.SET_MAP, ERR_NOT_EXIST);
    session.map = map === 0 ? this.icmap : this.statistics;
    return status(ResponseId.SET_MAP, OK);
  }
}

function status(id: number, error: number): Uint8Array {
  return response(id, error).bytes;
}

/** The key of a request: text up to its zero byte; the length beside it is not used, as in Corosync. */
function keyAt(request: MessageView): string {
  return textAt(request, 24, KEY_ROOM);
}

function set(map: KeyMap, request: MessageView): number {
  const length = request.u64(280);
  if (length > BigInt(request.length - 296)) {
    throw new MalformedMessage(`it announces a value of ${length} bytes, ${request.length - 296} are there`);
  }
  const key = keyAt(request);
  if (map.isReadOnly(key)) return ERR_ACCESS;
  return map.set(key, { type: request.u8(288) as ValueType, bytes: request.subarray(296, Number(length)) });
}

function remove(map: KeyMap, request: MessageView): number {
  const key = keyAt(request);
  return map.isReadOnly(key) ? ERR_ACCESS : map.delete(key);
}

function adjust(map: KeyMap, request: MessageView): number {
  const key = keyAt(request);
  return map.isReadOnly(key) ? ERR_ACCESS : map.adjust(key, request.i32(280));
}

/** The answer is as long as the buffer the client announces, or has no value if that is 0. */
function get(map: KeyMap, request: MessageView): Uint8Array {
  const room = request.u64(280);
  const value = map.get(keyAt(request));
  if (!value) return response(ResponseId.GET, ERR_NOT_EXIST, 40).bytes;
  const tooShort = room > 0n && room < BigInt(value.bytes.length);
  if (tooShort) return response(ResponseId.GET, ERR_INVALID_PARAM, 40).bytes;
  // A larger answer than any value needs would only cost memory: the client reads value_len of it.
  const shown = room > BigInt(VALUE_LIMIT) ? VALUE_LIMIT : Number(room);
  const answer = response(ResponseId.GET, OK, 40 + shown)
    .u64(24, value.bytes.length)
    .u8(32, value.type);
  if (shown > 0) answer.put(40, value.bytes);
  return answer.bytes;
}

function next(session: Session, request: MessageView): Uint8Array {
  const iterator = session.iterators.get(request.u64(16));
  const size = RESPONSE_HEADER + KEY + 16;
  if (!iterator) return response(ResponseId.ITERATOR_NEXT, ERR_BAD_HANDLE, size).bytes;
  const key = iterator.ended ? undefined : session.map.nextKey(iterator.prefix, iterator.last);
  const value = key === undefined ? undefined : session.map.get(key);
  if (key === undefined || !value) {
    iterator.ended = true;
    return response(ResponseId.ITERATOR_NEXT, ERR_NO_SECTIONS, size).bytes;
  }
  iterator.last = key;
  return response(ResponseId.ITERATOR_NEXT, OK, size)
    .u8(24, key.length)
    .text(32, key, KEY_ROOM)
    .u64(288, value.bytes.length)
    .u8(296, value.type).bytes;
}

function untrack(session: Session, request: MessageView): Uint8Array {
  const handle = request.u64(16);
  const found = session.trackers.get(handle);
  if (!found) return response(ResponseId.TRACK_DELETE, ERR_BAD_HANDLE, 32).bytes;
  session.map.untrack(found.tracker);
  session.trackers.delete(handle);
  return response(ResponseId.TRACK_DELETE, OK, 32).u64(24, found.instance).bytes;
}

function notification({ event: kind, key, newValue, oldValue }: KeyChange, instance: bigint): Uint8Array {
  const newLength = newValue?.bytes.length ?? 0;
  const oldLength = oldValue?.bytes.length ?? 0;
  const message = event(ResponseId.NOTIFICATION, 336 + newLength + oldLength)
    .u64(24, instance)
    .u8(32, key.length)
    .text(40, key, KEY_ROOM)
    .u32(296, kind)
    .u8(304, newValue?.type ?? 0)
    .u8(312, oldValue?.type ?? 0)
    .u64(320, newLength)
    .u64(328, oldLength);
  if (newValue) message.put(336, newValue.bytes);
  if (oldValue) message.put(336 + newLength, oldValue.bytes);
  return message.bytes;
}
