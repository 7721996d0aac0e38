import { CsError, connect, messageId, requestMessage, responseBody } from 'chorale/sdk';
import type { ConnectOptions, ServiceConnection } from 'chorale/sdk';
import { Event, Request, SERVICE } from './engine.js';
import { AddRequest, Changed, GetRequest, Value } from './messages.proto.js';

/** Counters of the cluster, through a connection to one of its nodes. Methods reject with a CsError. */
export class CounterClient {
  private readonly watchers: ((counter: string, value: number) => void)[] = [];

  constructor(private readonly connection: ServiceConnection) {
    connection.onEvent((event) => {
      if (messageId(event) !== Event.CHANGED) return;
      const { counter, value } = Changed.decode(responseBody(event, 'counter'));
      for (const watcher of this.watchers) watcher(counter, value);
    });
  }

  /** Connects to the daemon on this host. */
  static async connect(options: ConnectOptions = {}): Promise<CounterClient> {
    return new CounterClient(await connect(SERVICE.name, options));
  }

  /**
   * Adds to a counter, which begins at 0; a negative amount subtracts. Resolves to the value right after it, when the
   * addition is done on this node; every other node does it at the same place of the order. It waits while the membership
   * changes.
   */
  async add(counter: string, amount = 1): Promise<number> {
    if (!Number.isSafeInteger(amount)) throw new CsError('ERR_INVALID_PARAM', `add to ${counter}: give a whole number`);
    const request = requestMessage(Request.ADD, AddRequest.encode({ counter, amount }));
    return Value.decode(responseBody(await this.connection.request(request), `add to ${counter}`)).value;
  }

  /** The value as this node knows it now; 0 for a counter that nobody has added to. */
  async get(counter: string): Promise<number> {
    const request = requestMessage(Request.GET, GetRequest.encode({ counter }));
    return Value.decode(responseBody(await this.connection.request(request), `get ${counter}`)).value;
  }

  /** Calls `watcher` with every new value of every counter from now on. */
  async watch(watcher: (counter: string, value: number) => void): Promise<void> {
    this.watchers.push(watcher);
    responseBody(await this.connection.request(requestMessage(Request.WATCH)), 'watch');
  }

  close(): void {
    this.connection.close();
  }
}
