import { CsError, CsErrorCode, responseMessage } from 'chorale/sdk';
import type { Client, Entropy, MessageView, ServiceEngine, ServiceRing, SyncParticipant } from 'chorale/sdk';
import { Add, AddRequest, Changed, GetRequest, State, Value } from './messages.proto.js';
import type { Share } from './messages.proto.js';
import { Shares } from './shares.js';

export const SERVICE = { id: 60, name: 'counter' } as const;
/** Positions in `requests`. */
export const Request = { ADD: 0, GET: 1, WATCH: 2 } as const;
/** Ids of events. */
export const Event = { CHANGED: 0 } as const;

/** Positions in `messages`. */
const Message = { ADD: 0, STATE: 1 } as const;
const HEADER_BYTES = 16;
/** The longest name of a counter, and how many there can be. */
const NAME_LENGTH = 64;
const COUNTERS = 1000;
/** The largest amount added at once. */
const AMOUNT = 1e12;
/** Shares in one state message. */
const SHARES_A_MESSAGE = 100;

/**
 * Counters that are the same on every node. Its state changes by ordered messages only: a client's addition is multicast,
 * and done when it comes back from the ring, here and everywhere at the same place of the order.
 */
export class CounterEngine implements ServiceEngine, SyncParticipant {
  readonly id = SERVICE.id;
  readonly name = SERVICE.name;
  readonly priority = 10;
  readonly version = 0;
  readonly sync = this;

  private readonly shares = new Shares();
  /** Tells this run of the node from earlier ones, whose additions the other nodes still count. */
  private readonly run: number;
  /** Clients whose addition is on its way, by the number in the message. */
  private readonly waiting = new Map<number, Client>();
  private lastRequest = 0;
  private readonly watchers = new Set<Client>();
  /** While synchronizing: what this node has still to send, and what has come from all. */
  private toSend: Share[] = [];
  private incoming: Share[] | undefined;

  constructor(
    private readonly ring: ServiceRing,
    entropy: Entropy,
  ) {
    this.run = entropy.below(2 ** 32);
  }

  // Ring messages

  readonly messages = [
    (message: MessageView, sender: number): void => {
      const { counter, amount, run, request } = Add.decode(bodyOf(message));
      const fits = this.fits(counter, sender, run, amount);
      if (fits) this.shares.add(counter, sender, run, amount);
      const client = sender === this.ring.nodeId ? this.waiting.get(request) : undefined;
      if (client !== undefined) {
        this.waiting.delete(request);
        client.respond([fits ? this.valueOf(Request.ADD, counter) : refusal(Request.ADD)]);
      }
      if (fits) this.changed([counter]);
    },
    (message: MessageView): void => {
      this.incoming?.push(...State.decode(bodyOf(message)).shares);
    },
  ];

  // Requests of clients

  // An addition waits while the membership changes or the ring is full, and its client with it.
  readonly flowControlled = new Set<number>([Request.ADD]);
  readonly patient = this.flowControlled;
  readonly requests = [
    (client: Client, message: MessageView): void => {
      const { counter, amount } = AddRequest.decode(bodyOf(message));
      checkName(counter);
      if (amount === 0 || Math.abs(amount) > AMOUNT) {
        throw new CsError('ERR_INVALID_PARAM', `an amount is not 0 and at most ${AMOUNT}`);
      }
      const request = (this.lastRequest = (this.lastRequest + 1) >>> 0);
      const add = Add.encode({ counter, amount, run: this.run, request });
      if (!this.ring.multicast(Message.ADD, [add])) throw new CsError('ERR_TRY_AGAIN', 'the ring is busy; try again');
      this.waiting.set(request, client);
    },
    (client: Client, message: MessageView): void => {
      const { counter } = GetRequest.decode(bodyOf(message));
      checkName(counter);
      client.respond([this.valueOf(Request.GET, counter)]);
    },
    (client: Client): void => {
      this.watchers.add(client);
      client.respond([responseMessage(Request.WATCH)]);
    },
  ];

  clientDisconnected(client: Client): void {
    this.watchers.delete(client);
    for (const [request, waiting] of this.waiting) if (waiting === client) this.waiting.delete(request);
  }

  // Synchronization: every member sends all it knows, every member takes the later state of each share.

  syncInit(): void {
    this.toSend = this.shares.list();
    this.incoming = [];
  }

  syncProcess(): boolean {
    while (this.toSend.length > 0) {
      const shares = this.toSend.slice(0, SHARES_A_MESSAGE);
      if (!this.ring.multicast(Message.STATE, [State.encode({ shares })])) return false;
      this.toSend.splice(0, shares.length);
    }
    return true;
  }

  syncActivate(): void {
    const before = new Map(this.shares.counters);
    for (const share of this.incoming ?? []) this.shares.merge(share);
    this.syncAbort();
    const counters = [...this.shares.counters].filter(([counter, value]) => before.get(counter) !== value);
    this.changed(counters.map(([counter]) => counter));
  }

  syncAbort(): void {
    this.toSend = [];
    this.incoming = undefined;
  }

  /** The counters by name. */
  dump(): Record<string, number> {
    return Object.fromEntries([...this.shares.counters].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Decides the same on every node: by what all of them know at this place of the order. */
  private fits(counter: string, node: number, run: number, amount: number): boolean {
    const { counters } = this.shares;
    return (counters.has(counter) || counters.size < COUNTERS) && this.shares.takes(counter, node, run, amount);
  }

  private valueOf(id: number, counter: string): Uint8Array {
    return responseMessage(id, Value.encode({ value: this.shares.value(counter) }));
  }

  private changed(counters: readonly string[]): void {
    for (const counter of counters) {
      const event = responseMessage(Event.CHANGED, Changed.encode({ counter, value: this.shares.value(counter) }));
      for (const watcher of this.watchers) watcher.event([event]);
    }
  }
}

/** What follows the 16-byte header, in place. */
function bodyOf(message: MessageView): Uint8Array {
  return message.subarray(HEADER_BYTES, message.length - HEADER_BYTES);
}

function checkName(counter: string): void {
  if (counter.length === 0 || counter.length > NAME_LENGTH) {
    throw new CsError('ERR_INVALID_PARAM', `a counter's name has 1 to ${NAME_LENGTH} characters`);
  }
}

/** The answer to an addition that would make a counter inexact, or one counter too many. */
function refusal(id: number): Uint8Array {
  return responseMessage(id, undefined, CsErrorCode.ERR_NO_SPACE);
}
