import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { MessageView } from '../../base/message-view.js';
import type { Icmap } from '../cmap/icmap.js';
import type { Tracker } from '../cmap/key-trackers.js';
import { TrackEvent } from '../cmap/key-trackers.js';
import type { Outbox } from '../outbox.js';
import { ringMessage } from '../packet.js';

/** What Corosync's load needs of the daemon. */
export interface FinalLoadDependencies {
  /** Has `pload.start`, `pload.count` and `pload.size`. */
  readonly map: Icmap;
  /** The load is over: the daemon ends at once, without leaving. */
  finished(result: string): void;
}

/** What has to be written to `pload.start`, so that nobody starts a load by accident. */
export const START_PHRASE = 'i_totally_understand_pload_will_crash_my_cluster_and_kill_corosync_on_exit';

const DEFAULT_COUNT = 1_500_000;
const DEFAULT_SIZE = 300;
/** Of a message that orders a load. */
export const START_BYTES = 24;

/**
 * Corosync's own load: one node orders it, every node multicasts, and ends its daemon when it has got as many messages as
 * one node sends.
 */
export class FinalLoad {
  private tracker: Tracker | undefined;
  private wanted = 0;
  private size = 0;
  private delivered = 0;
  private began = 0;

  constructor(
    private readonly dependencies: FinalLoadDependencies,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly outbox: Outbox,
    private readonly limit: number,
    private readonly send: (count: number, size: number) => void,
  ) {}

  /** Only from now on: in the configuration file the phrase starts nothing. */
  start(): void {
    const { ADD, DELETE, MODIFY, PREFIX } = TrackEvent;
    this.tracker = this.dependencies.map.track('pload.', ADD | DELETE | MODIFY | PREFIX, () => this.keysChanged());
  }

  stop(): void {
    if (this.tracker) this.dependencies.map.untrack(this.tracker);
  }

  get running(): boolean {
    return this.wanted > 0;
  }

  /** A node orders the load; a second order changes nothing. */
  ordered(message: MessageView, sender: number): void {
    if (this.running) return;
    const count = message.u32(16);
    const size = message.u32(20);
    if (count === 0 || size > this.limit) {
      this.logger.log(
        'warning',
        `node ${sender} orders a load of ${count} messages of ${size} bytes: not taken part in`,
      );
      return;
    }
    this.logger.log('warning', `node ${sender} starts a load, at the end of which this daemon ends`);
    this.wanted = count;
    this.size = size;
    this.send(count, Math.max(size, 16));
  }

  /** A message of the load has come. */
  message(): void {
    if (this.delivered++ === 0) this.began = this.clock.now();
    if (this.delivered !== this.wanted) return;
    const seconds = Math.max(this.clock.now() - this.began, 1e-3) / 1000;
    const rate = this.wanted / seconds;
    const megabytes = (rate * this.size) / (1024 * 1024);
    this.dependencies.finished(
      `${this.wanted} Writes ${this.size} bytes per write ${seconds.toFixed(3)} seconds runtime, ` +
        `${rate.toFixed(3)} TP/S, ${megabytes.toFixed(3)} MB/S.`,
    );
  }

  private keysChanged(): void {
    const { map } = this.dependencies;
    if (this.running || map.string('pload.start') !== START_PHRASE) return;
    const count = map.u32('pload.count') ?? DEFAULT_COUNT;
    const wanted = map.u32('pload.size') ?? DEFAULT_SIZE;
    const size = Math.min(wanted, this.limit);
    if (size < wanted) this.logger.log('warning', `pload.size is more than can be sent: ${size} is used`);
    this.outbox.send(0, ringMessage(START_BYTES).u32(16, count).u32(20, size).body);
  }
}
