import type { Clock } from '../../base/clock.js';
import { silentLogger } from '../../base/logger.js';
import type { Logger, LoggerOf } from '../../base/logger.js';
import type { Peer } from '../../net/transport.js';
import type { Configuration } from '../../totem/ring.js';
import type { RingParameters } from '../../totem/srp/parameters.js';
import type { ChoraleNode } from '../node.js';
import type { LoadRequest } from '../plugin-instance.js';
import { fromJson, OUTPUTS, Tag } from './format.js';
import { hashConfiguration } from './membership.js';
import { isInput, RecordingError } from './recording.js';
import type { Recording } from './recording.js';
import { BadRecord } from './record-cursor.js';
import { ReplayClock, ReplayEntropy, ReplayStore, ReplayTransport } from './replay-bindings.js';
import { OutsideService, ReplayClients } from './replay-clients.js';
import { ReplayFeed } from './replay-feed.js';
import type { Difference } from './replay-feed.js';
import { ReplayedNode } from './replayed-node.js';

/** Inputs between two turns of the event loop. */
const INPUTS_A_TURN = 4096;

/** What a replayed node is put together with, besides the recording. */
export interface ReplayBindings {
  readonly loggerOf: LoggerOf;
  /** The services that the recorded node started with, in the same order. */
  readonly plugins: readonly LoadRequest[];
  /** What the program around the node did, by its name: each gets the data of the recording and does it again. */
  readonly commands?: Readonly<Record<string, (data: unknown) => void | Promise<void>>>;
  readonly configured?: (configuration: Configuration) => void;
}

/** How a replay came out. */
export interface ReplayOutcome {
  readonly inputs: number;
  /** Microseconds after the beginning, of the last input. */
  readonly timeUs: number;
  /** Digests of the outputs that were compared with the recording's. */
  readonly compared: number;
  /** Where it first went another way than the recording; missing: it did not. */
  readonly difference?: Difference;
}

/**
 * A node that goes through a recording. Make it, make the plugins on its `clock`, then `begin` and `run`:
 * the node is made as any other, on bindings that answer from the recording.
 */
export class Replay {
  private readonly feed: ReplayFeed;
  private readonly replayClock: ReplayClock;
  private readonly transport: ReplayTransport;
  private made: ReplayedNode | undefined;
  private clients: ReplayClients | undefined;
  private commands: NonNullable<ReplayBindings['commands']> = {};
  private log: Logger = silentLogger;
  private inputs = 0;
  private compared = 0;

  /** @param verify digests are compared, and the first difference ends the replay */
  constructor(
    private readonly recording: Recording,
    private readonly verify: boolean,
  ) {
    this.feed = new ReplayFeed(recording);
    this.replayClock = new ReplayClock(this.feed);
    this.transport = new ReplayTransport(this.feed, recording.header);
  }

  get clock(): Clock {
    return this.replayClock;
  }

  /** Milliseconds since 1970 of what is being replayed. */
  get timeMs(): number {
    return this.recording.header.startedMs + this.feed.timeUs / 1000;
  }

  get node(): ChoraleNode {
    if (this.made === undefined) throw new Error('a replay has its node after begin');
    return this.made;
  }

  /** Makes the node. Throws a StartError if a plugin cannot be loaded. */
  begin(bindings: ReplayBindings): void {
    const { feed } = this;
    const { header } = this.recording;
    this.commands = bindings.commands ?? {};
    this.log = bindings.loggerOf('REPLAY');
    feed.depth++;
    const node = new ReplayedNode(
      {
        transport: this.transport,
        clock: this.replayClock,
        entropy: new ReplayEntropy(feed),
        store: new ReplayStore(feed),
        loggerOf: bindings.loggerOf,
        options: header.options,
        plugins: bindings.plugins,
        fatal: () => this.out(),
      },
      () => this.out(),
    );
    feed.depth--;
    this.made = node;
    this.clients = new ReplayClients(node.hub, feed, header.outside, () => this.out());
    for (const name of header.outside) node.hub.register(new OutsideService(name));
    node.onConfiguration((configuration) => {
      hashConfiguration(feed.digest, configuration);
      bindings.configured?.(configuration);
      this.out();
    });
    node.onSynchronized(() => this.out());
  }

  /** To be called wherever the recorded node's `out` was: what is called there may call the node back. */
  out(): void {
    const { feed } = this;
    const { depth } = feed;
    if (!feed.calledBack()) return;
    feed.depth = 0;
    while (feed.difference === undefined && isInput(feed.cursor.peek())) void this.input();
    feed.depth = depth;
    if (feed.difference === undefined) feed.expect(Tag.OUT_END, 'is not called back any more');
  }

  /** Goes through the recording, up to `untilUs` microseconds after its beginning. Throws a RecordingError. */
  async run(untilUs = Number.POSITIVE_INFINITY): Promise<ReplayOutcome> {
    const { feed } = this;
    const { cursor } = feed;
    while (!cursor.done && feed.difference === undefined) {
      const { at } = cursor;
      if (cursor.peek() === Tag.DIGEST) this.compare();
      else if (!isInput(cursor.peek())) feed.expect(Tag.START, 'waits for its next input');
      else {
        cursor.at++;
        const passed = cursor.number();
        cursor.at = at;
        if (feed.timeUs + passed > untilUs) break;
        const work = this.input();
        if (work !== undefined) await work;
        if (this.inputs % INPUTS_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const { difference } = feed;
    const outcome = { inputs: this.inputs, timeUs: feed.timeUs, compared: this.compared };
    return difference === undefined ? outcome : { ...outcome, difference };
  }

  private input(): Promise<void> | undefined {
    const { feed } = this;
    const tag = feed.cursor.tag();
    feed.pass(feed.cursor.number());
    this.inputs++;
    feed.depth++;
    let work: void | Promise<void> = undefined;
    try {
      work = this.enter(tag);
    } catch (error) {
      this.refused(error);
    }
    if (work instanceof Promise)
      return work.catch((error: unknown) => this.refused(error)).then(() => void feed.depth--);
    feed.depth--;
    return undefined;
  }

  private enter(tag: number): void | Promise<void> {
    const { cursor } = this.feed;
    const node = this.made!;
    const clients = this.clients!;
    switch (tag) {
      case Tag.RECEIVE:
        return this.transport.arrive(cursor.number());
      case Tag.INTERFACE:
        return this.transport.interfaceChanged(cursor.number() === 1);
      case Tag.TIMER: {
        const number = cursor.number();
        if (!this.replayClock.expire(number)) {
          this.feed.differ('inputs', `timer ${number} expires, which does not run here`);
        }
        return;
      }
      case Tag.OPEN: {
        const service = cursor.text();
        const pid = cursor.number();
        const uid = cursor.number();
        return clients.open(service, { pid, uid, gid: cursor.number() });
      }
      case Tag.REQUEST: {
        const number = cursor.number();
        return clients.request(number, cursor.field());
      }
      case Tag.REQUEST_AGAIN:
        return clients.request(cursor.number(), undefined);
      case Tag.CLOSE:
        return clients.close(cursor.number());
      case Tag.START:
        return node.start();
      case Tag.LEAVE:
        return void node.leave();
      case Tag.FAREWELL:
        return node.takeSecondStep();
      case Tag.CRASH:
        return node.crash();
      case Tag.REFORM:
        return node.reform();
      case Tag.RECONFIGURE: {
        const { peers, parameters } = fromJson(cursor.text()) as { peers: Peer[]; parameters: RingParameters };
        return node.reconfigure(peers, parameters);
      }
      default:
        return this.command(cursor.text(), cursor.text());
    }
  }

  /** What the recorded node's caller was told; the node itself is as it was then. */
  private refused(error: unknown): void {
    if (error instanceof BadRecord || error instanceof RecordingError) throw error;
    this.log.log(
      'error',
      `the call ended with: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }

  private command(name: string, data: string): void | Promise<void> {
    const command = Object.hasOwn(this.commands, name) ? this.commands[name] : undefined;
    if (command === undefined) this.feed.differ('inputs', `nothing here knows what "${name}" did to the node`);
    else return command(fromJson(data));
  }

  private compare(): void {
    const { cursor, digest } = this.feed;
    cursor.at++;
    OUTPUTS.forEach((kind, position) => {
      const count = cursor.number();
      const hash = cursor.number();
      if (!this.verify || (count === digest.counts[position] && hash === digest.hashes[position]! >>> 0)) return;
      const here = digest.counts[position]!;
      const text =
        count === here ? `one of the last of ${count} is another one` : `${here} here, ${count} in the recording`;
      this.feed.differ(kind, `${text}, at or shortly before this time`);
    });
    this.compared++;
  }
}
