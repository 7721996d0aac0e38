import { ReplicatedEngine, SaError, nodeOfOwner } from 'chorale/sdk';
import type { Activation, Branch, OwnerId, PluginContext } from 'chorale/sdk';
import { EventSpace } from './event-space.js';
import type { RetentionEffects } from './event-space.js';
import { mergeSpaces } from './merge.js';
import { ChannelOpenFlags, FilterType, Limits, Operations, SERVICE, delivery, lost } from './operations.js';
import type { SubscribeRequest } from './messages.proto.js';
import { Subscribers } from './subscribers.js';

/** An event's time is never moved, so that one stamp does for all. */
const STAMP = 1;

/** The event service: channels and retained events are the same on all nodes, each node delivers to its own clients. */
export class EvtEngine extends ReplicatedEngine<EventSpace> {
  private readonly effects: RetentionEffects = {
    retained: (id, milliseconds) => this.expiries.start(String(id), milliseconds, STAMP),
    released: (id, channel) => {
      this.expiries.stop(String(id));
      this.subscribers.released(id, channel);
    },
  };
  private readonly subscribers = new Subscribers({
    deliver: (owner, subscription, event) => this.notify(owner, delivery, { subscription, event }),
    lost: (owner, subscription) => this.notify(owner, lost, { subscription }),
  });

  constructor(context: PluginContext) {
    super(context, SERVICE, new EventSpace());
    this.state.effects = this.effects;
    this.serve(Operations.open, (request, { owner }) => {
      this.state.open(owner, request);
      return {};
    });
    this.serve(Operations.close, ({ channel: handle }, { owner }) => {
      this.subscribers.closed(owner, handle, this.state.channelOf(owner, handle));
      this.state.close(owner, handle);
      return {};
    });
    this.serve(Operations.unlink, ({ name }) => {
      this.state.unlink(name);
      return {};
    });
    for (const operation of [Operations.publish, Operations.retain]) {
      this.serve(operation, (request, { owner, time }) => {
        if (operation === Operations.publish && request.retention !== 0n) {
          throw new SaError('ERR_INVALID_PARAM', 'an event that stays is published by another operation');
        }
        const event = this.state.publish(owner, request, time);
        this.subscribers.published(this.state.channelOf(owner, request.channel), event);
        return { id: event.id, time };
      });
    }
    this.serve(Operations.subscribe, (request, { owner }) => {
      checkFilters(request);
      const channel = this.state.opened(owner, request.channel, ChannelOpenFlags.SUBSCRIBER);
      if (this.isLocal(owner) && !this.subscribers.subscribe(owner, channel, request)) {
        throw new SaError('ERR_EXIST', 'there is a subscription of this number');
      }
      return {};
    });
    this.serve(Operations.unsubscribe, ({ subscription }, { owner }) => {
      if (this.isLocal(owner) && !this.subscribers.unsubscribe(owner, subscription)) {
        throw new SaError('ERR_NOT_EXIST', 'there is no such subscription');
      }
      return {};
    });
    this.serve(Operations.clear, ({ channel, event }, { owner }) => {
      this.state.clear(owner, channel, event);
      return {};
    });
    this.serveLocal(Operations.taken, (taken, { owner }) => {
      this.subscribers.taken(owner, taken);
      return {};
    });
  }

  /**
   * `channels`: name, whether it was unlinked, how often each node has it open, and the ids of its retained events. `waiting`:
   * events that clients of this node have not dispatched.
   */
  dump(): unknown {
    const channels = [...this.state.channels].map(({ name, unlinked, opens, retained }) => {
      const open: Record<number, number> = {};
      for (const { owner } of opens.values()) open[nodeOfOwner(owner)] = (open[nodeOfOwner(owner)] ?? 0) + 1;
      return { name, unlinked, open, retained: [...retained.keys()].map(String) };
    });
    return { channels, waiting: Object.fromEntries(this.subscribers.waiting) };
  }

  protected override stage(): EventSpace {
    return new EventSpace();
  }

  protected override snapshot(space: EventSpace): Iterable<Uint8Array> {
    return space.records();
  }

  protected override load(stage: EventSpace, record: Uint8Array): void {
    stage.load(record);
  }

  protected override merge(branches: readonly Branch<EventSpace>[]): EventSpace {
    return mergeSpaces(branches);
  }

  protected override ownersGone(isGone: (owner: OwnerId) => boolean): void {
    this.state.effects = this.effects;
    this.state.ownersGone(isGone);
  }

  protected override clientGone(owner: OwnerId): void {
    this.subscribers.clientGone(owner);
  }

  protected override expired(key: string): void {
    this.state.expire(BigInt(key));
  }

  protected override activated({ replaced }: Activation): void {
    if (replaced) this.subscribers.rebuild((owner, handle) => this.state.find(owner, handle));
  }
}

/** Throws ERR_INVALID_PARAM for filters that no library sends. */
function checkFilters({ filters }: SubscribeRequest): void {
  const isGood = filters.every(
    ({ type, pattern }) => type >= FilterType.PREFIX && type <= FilterType.PASS_ALL && pattern.length <= Limits.PATTERN,
  );
  if (!isGood || filters.length > Limits.PATTERNS) throw new SaError('ERR_INVALID_PARAM', 'the filters cannot be');
}
