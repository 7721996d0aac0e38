import type { Clock, Timer } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { MessageView } from '../../base/message-view.js';
import type { TuningLimits } from '../../host/node-options.js';
import type { ServiceEngine, ServiceRing } from '../../host/service-engine.js';
import { sameRing } from '../../totem/ring.js';
import type { Configuration, MessageReceiver, RingId, RingTuning } from '../../totem/ring.js';
import { Refusals, ringHandlers } from '../handlers.js';
import { Outbox } from '../outbox.js';
import { ANNOUNCEMENT_BYTES, decodeAnnouncement, encodeAnnouncement } from './announcement.js';
import { AdaptiveWindow } from './window.js';

/** Far from Corosync's services (0 to 31) and from those that Chorale's plugins have: Corosync ignores its messages. */
export const TUNING_SERVICE_ID = 49;
const ANNOUNCE = 0;
/** How often this node looks for losses. */
const LOOK_MS = 200;

/** The node whose ring it is. */
export interface TunedNode {
  /** Missing: this node says nothing, as Corosync does, and no ring that it is on is tuned. */
  readonly tuningLimits: TuningLimits | undefined;
  /** The byte order that it writes. */
  readonly littleEndian: boolean;
  /** Frames that it has asked for again, since its start. */
  readonly framesRequested: number;
  /** Uses these values on the ring, if that is still the one it is on. */
  tune(ringId: RingId, tuning: RingTuning): void;
}

export interface TuningDependencies {
  readonly ring: ServiceRing;
  readonly clock: Clock;
  readonly logger: Logger;
  node(): TunedNode;
  /** Told of each agreement. */
  tuned?(ringId: RingId, tuning: RingTuning): void;
}

/**
 * Has the members of a ring agree on more than Corosync's nodes can: larger windows, and messages behind the token. On each
 * new ring every member says, in the agreed order, what it can bear; when all have, the least of it is what all of them use
 * from that message on. A member that sees losses says a smaller number later, and all follow again. A ring with a member
 * that says nothing (Corosync, an older Chorale) stays at the configured values, as does every ring before it has agreed.
 */
export class TuningEngine implements ServiceEngine {
  readonly name = 'tuning';
  readonly id = TUNING_SERVICE_ID;
  readonly priority = 50;
  readonly version = 1;
  readonly messages: readonly MessageReceiver[];
  private readonly refusals: Refusals;
  private readonly outbox: Outbox;
  private readonly timer: Timer;
  private window: AdaptiveWindow | undefined;
  private configuration: Configuration | undefined;
  /** What each member of the present ring said last. */
  private readonly said = new Map<number, RingTuning>();
  private agreed: RingTuning | undefined;
  /** This node's last announcement is on its way. */
  private announcing = false;
  private requestedBefore = 0;

  constructor(private readonly dependencies: TuningDependencies) {
    const { ring, clock, logger } = dependencies;
    this.refusals = new Refusals(logger);
    this.outbox = new Outbox(ring, true);
    this.timer = clock.timer(() => this.look());
    this.messages = ringHandlers(this.refusals, [
      [ANNOUNCEMENT_BYTES, (message, sender) => this.announced(message, sender)],
    ]);
  }

  stop(): void {
    this.timer.stop();
    this.outbox.close();
  }

  /** With its transitional configuration a ring is over; a new one has agreed on nothing. */
  configurationChanged(configuration: Configuration): void {
    const limits = this.dependencies.node().tuningLimits;
    this.configuration = configuration.kind === 'regular' ? configuration : undefined;
    this.said.clear();
    this.agreed = undefined;
    this.timer.stop();
    if (limits === undefined || this.configuration === undefined) return;
    this.window = new AdaptiveWindow(limits);
    this.announce(this.configuration, this.window);
  }

  dump(): unknown {
    return {
      agreed: this.agreed ?? null,
      said: Object.fromEntries(this.said),
      refused: this.refusals.count,
    };
  }

  private announce({ ringId }: Configuration, { tuning }: AdaptiveWindow): void {
    this.announcing = true;
    const announcement = { ringId, tuning };
    this.outbox.send(ANNOUNCE, encodeAnnouncement(announcement, this.dependencies.node().littleEndian));
  }

  private announced(message: MessageView, sender: number): void {
    const { configuration } = this;
    const announcement = decodeAnnouncement(message);
    if (typeof announcement === 'string') {
      this.refusals.note(`the announcement of node ${sender} ${announcement}`);
      return;
    }
    // One that waited for the token while another ring was formed.
    if (configuration === undefined || !sameRing(announcement.ringId, configuration.ringId)) return;
    if (sender === this.dependencies.ring.nodeId) this.announcing = false;
    this.said.set(sender, announcement.tuning);
    if (this.said.size === configuration.members.length) this.agree(configuration);
  }

  /** All members have said what they can: the same message tells each of them, and all use the same from here. */
  private agree({ ringId }: Configuration): void {
    const { dependencies, said } = this;
    const all = [...said.values()];
    const tuning = {
      windowSize: Math.min(...all.map(({ windowSize }) => windowSize)),
      maxMessages: Math.min(...all.map(({ maxMessages }) => maxMessages)),
      accelerated: Math.min(...all.map(({ accelerated }) => accelerated)),
    };
    const first = this.agreed === undefined;
    this.agreed = tuning;
    const node = dependencies.node();
    node.tune(ringId, tuning);
    dependencies.tuned?.(ringId, tuning);
    dependencies.logger.log(
      first ? 'info' : 'debug',
      `all members of the ring agree on a window of ${tuning.windowSize} frames, ${tuning.maxMessages} of a member at a ` +
        `visit, ${tuning.accelerated} of them behind the token`,
    );
    if (!first) return;
    this.requestedBefore = node.framesRequested;
    this.timer.start(LOOK_MS);
  }

  /** Whether frames were lost since the last look; if one announcement is still on its way, another can wait. */
  private look(): void {
    const { clock, node } = this.dependencies;
    const { configuration, window } = this;
    if (configuration === undefined || window === undefined) return;
    this.timer.start(LOOK_MS);
    if (this.announcing) return;
    const now = node().framesRequested;
    const lost = now > this.requestedBefore;
    this.requestedBefore = now;
    if (window.observe(clock.now(), lost)) this.announce(configuration, window);
  }
}
