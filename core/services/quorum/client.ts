import type { MessageView } from '../../base/message-view.js';
import type { RingId } from '../../totem/ring.js';
import type { EventStream } from '../event-stream.js';
import { request, ringIdAt, u32sAt } from '../packet.js';
import { ServiceClient, trackFlags, trackHints } from '../service-client.js';
import type { CallOptions, TrackOptions } from '../service-client.js';

/** Quorum has come, gone, or was decided about anew (quorum_notification). */
export interface QuorumChange {
  readonly kind: 'quorum';
  /** Whether this node may serve. */
  readonly quorate: boolean;
  readonly ringId: RingId;
  /** The members that this was decided for; none before the first decision. */
  readonly members: readonly number[];
}

/** The membership of the ring has changed: told before quorum is decided for it (quorum_nodelist_notification). */
export interface QuorumNodes {
  readonly kind: 'nodes';
  readonly ringId: RingId;
  readonly members: readonly number[];
  readonly joined: readonly number[];
  readonly left: readonly number[];
}

export type QuorumEvent = QuorumChange | QuorumNodes;

/** `free`: no provider decides, every node is always quorate. `set`: one does. */
export type QuorumType = 'free' | 'set';

const RequestId = { GET_QUORATE: 0, TRACK_START: 1, TRACK_STOP: 2, MODEL_GET_TYPE: 4 } as const;
const EventId = { QUORUM: 6, NODES: 7 } as const;
/** The model whose events name the members' ring. */
const MODEL_V1 = 1;

/** A client of the quorum service: may this node serve, and who is in its part of the cluster? */
export class QuorumClient extends ServiceClient<QuorumEvent> {
  protected readonly hints = trackHints;
  private model: Promise<QuorumType> | undefined;

  /** Whether this node's part of the cluster may serve, now. */
  async quorate(options?: CallOptions): Promise<boolean> {
    return (await this.ask(request(RequestId.GET_QUORATE).bytes, 'tell about quorum', options)).u32(24) !== 0;
  }

  /** Whether anybody decides about quorum on this node. */
  type(): Promise<QuorumType> {
    this.model ??= this.ask(request(RequestId.MODEL_GET_TYPE, 24).u32(16, MODEL_V1).bytes, 'tell its type').then(
      (answer) => (answer.u32(24) === 0 ? 'free' : 'set'),
    );
    return this.model;
  }

  /**
   * What `trackStart` brings, as a stream: `for await (const event of await quorum.track())`. Leaving the loop stops the
   * tracking. Rejects with ERR_EXIST while this client tracks already.
   */
  track(options: TrackOptions & CallOptions = {}): Promise<EventStream<QuorumEvent>> {
    return this.trackedStream(
      () => this.trackStart(options),
      () => this.trackStop(),
      options.signal,
    );
  }

  /**
   * Events begin: for `listen` and `events()`. The current state comes first, if it is asked for, as `nodes` without
   * changes and `quorum`. Rejects with ERR_EXIST if this client tracks already; the current state is told even then.
   */
  async trackStart(options: TrackOptions & CallOptions = {}): Promise<void> {
    await this.type();
    await this.ask(request(RequestId.TRACK_START, 24).u32(16, trackFlags(options)).bytes, 'track', options);
  }

  /** No more events. */
  async trackStop(): Promise<void> {
    await this.ask(request(RequestId.TRACK_STOP).bytes, 'stop tracking');
  }

  protected read(message: MessageView): QuorumEvent | undefined {
    switch (message.i32(0)) {
      case EventId.QUORUM:
        return {
          kind: 'quorum',
          quorate: message.u32(24) !== 0,
          ringId: ringIdAt(message, 32),
          members: u32sAt(message, 52, message.u32(48)),
        };
      case EventId.NODES: {
        const [members, joined, left] = [message.u32(40), message.u32(48), message.u32(56)];
        return {
          kind: 'nodes',
          ringId: ringIdAt(message, 24),
          members: u32sAt(message, 60, members),
          joined: u32sAt(message, 60 + 4 * members, joined),
          left: u32sAt(message, 60 + 4 * (members + joined), left),
        };
      }
      default:
        return undefined;
    }
  }
}
