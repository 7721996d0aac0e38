import { CsErrorCode } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { MalformedMessage } from '../base/message-view.js';
import type { Client, RequestHandler } from '../host/service-engine.js';
import type { MessageReceiver } from '../totem/ring.js';
import { response } from './packet.js';

/**
 * Counts the messages and requests an engine could not use. It logs the first, the second, the fourth and so on: a flood
 * of bad messages fills no log.
 */
export class Refusals {
  count = 0;

  constructor(private readonly logger: Logger) {}

  note(what: string): void {
    this.count++;
    if ((this.count & (this.count - 1)) === 0) {
      this.logger.log('warning', `${what} (ignored; ${this.count} such so far)`);
    }
  }
}

/** A handler of a ring message with the least length of that message, its 16-byte header included. */
export type RingHandler = readonly [minimum: number, handle: MessageReceiver];

/** Handlers that check the least length first; what turns out malformed is counted and dropped, never thrown. */
export function ringHandlers(refusals: Refusals, handlers: readonly RingHandler[]): MessageReceiver[] {
  return handlers.map(([minimum, handle], fn) => (message, sender) => {
    if (message.length < minimum) {
      refusals.note(`message ${fn} from node ${sender} has ${message.length} bytes, ${minimum} are its least`);
      return;
    }
    try {
      handle(message, sender);
    } catch (thrown) {
      if (!(thrown instanceof MalformedMessage)) throw thrown;
      refusals.note(`message ${fn} from node ${sender} is malformed: ${thrown.message}`);
    }
  });
}

/**
 * A handler of a client's request: the request's least length with its header, the id of its response (undefined if it
 * has none), and what to do. A handler reads the whole request before it changes or answers anything.
 */
export type ClientHandler = readonly [minimum: number, responseId: number | undefined, handle: RequestHandler];

/** Handlers that answer a malformed request with ERR_INVALID_PARAM, count it, and never throw for it. */
export function requestHandlers(refusals: Refusals, handlers: readonly ClientHandler[]): RequestHandler[] {
  return handlers.map(([minimum, responseId, handle], id) => {
    const refuse = (client: Client, why: string): void => {
      refusals.note(`request ${id} of process ${client.pid} ${why}`);
      if (responseId !== undefined) client.respond([response(responseId, CsErrorCode.ERR_INVALID_PARAM).bytes]);
    };
    return (client, message) => {
      if (message.length < minimum) {
        refuse(client, `has ${message.length} bytes, ${minimum} are its least`);
        return;
      }
      try {
        handle(client, message);
      } catch (thrown) {
        if (!(thrown instanceof MalformedMessage)) throw thrown;
        refuse(client, `is malformed: ${thrown.message}`);
      }
    };
  });
}
