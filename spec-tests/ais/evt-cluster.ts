import { B_01_01, DispatchFlags, SA_TIME_END, SA_TIME_ONE_MILLISECOND } from 'chorale/sdk';
import type { SaTime } from 'chorale/sdk';
import type { SimulatedProgram } from 'chorale/testing';
import evtPlugin, { ChannelOpenFlags, EvtLibrary, FilterType } from '../../plugins/evt/index.js';
import type { EventFilter, Evt, EvtCallbacks, EvtChannel, EvtEvent } from '../../plugins/evt/index.js';
import { AisCluster, outcomeName } from './cluster.js';

export const { PUBLISHER, SUBSCRIBER, CREATE } = ChannelOpenFlags;
/** The flags of a channel in the tables. */
export const CHAN = PUBLISHER | SUBSCRIBER | CREATE;
export const WILD = 0x1234_5678_9abcn;
export const ALL: readonly EventFilter[] = [{ filterType: FilterType.PASS_ALL }];

/** Milliseconds as SaTimeT. */
export const ms = (milliseconds: number): bigint => BigInt(milliseconds) * SA_TIME_ONE_MILLISECOND;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (data: Uint8Array): string => new TextDecoder().decode(data);

/** What an event is published with. */
export interface Published {
  readonly patterns?: readonly (string | Uint8Array)[];
  readonly priority?: number;
  readonly retention?: SaTime;
  readonly publisher?: string;
}

/** A delivered event. */
export interface Delivered {
  readonly subscription: number;
  readonly event: EvtEvent;
  readonly size: number;
  readonly data: string;
  readonly id: bigint;
}

/** A process with the event library, and what was delivered to it. */
export class EvtProcess {
  /** `open INVOCATION ERROR`. */
  readonly log: string[] = [];
  readonly delivered: Delivered[] = [];
  readonly opened: EvtChannel[] = [];
  evt!: Evt;
  /** Called in the deliver callback. */
  onEvent: (event: EvtEvent) => void = () => undefined;

  constructor(
    private readonly ais: AisCluster,
    readonly program: SimulatedProgram,
    readonly library: EvtLibrary,
  ) {}

  readonly callbacks: EvtCallbacks = {
    channelOpen: (invocation, channel, error) => {
      if (channel !== undefined) this.opened.push(channel);
      this.log.push(`open ${invocation} ${error ? outcomeName(error) : 'OK'}`);
    },
    eventDeliver: (subscription, event, size) => {
      const data = text(event.dataGet());
      this.delivered.push({ subscription, event, size, data, id: event.attributesGet().eventId });
      this.onEvent(event);
    },
  };

  /** The data of what was delivered, in order. */
  get texts(): string[] {
    return this.delivered.map(({ data }) => data);
  }

  open(name = 'C', flags: number = CHAN): Promise<EvtChannel> {
    return this.ais.settled(this.evt.channelOpen(name, flags, SA_TIME_END));
  }

  /** A channel with a subscription to all of it. */
  async listening(name = 'C', id = 1): Promise<EvtChannel> {
    const channel = await this.open(name);
    await this.subscribe(channel, ALL, id);
    return channel;
  }

  subscribe(channel: EvtChannel, filters: readonly EventFilter[] = ALL, id = 1): Promise<void> {
    return this.ais.settled(channel.eventSubscribe(filters, id));
  }

  /** Publishes; the event's id. */
  publish(channel: EvtChannel, data: string | Uint8Array | null, event: Published = {}): Promise<bigint> {
    return this.ais.settled(published(channel, data, event));
  }

  /** Runs what is pending, where callbacks do not run by themselves. */
  async dispatch(): Promise<void> {
    await this.ais.quiet();
    await this.evt.dispatch(DispatchFlags.ALL);
  }
}

/** An event of a channel, with these attributes. */
export function allocated(
  channel: EvtChannel,
  { patterns = [], priority = 3, retention = 0n, publisher = '' }: Published = {},
): EvtEvent {
  const event = channel.eventAllocate();
  event.attributesSet({ patterns, priority, retentionTime: retention, publisherName: publisher });
  return event;
}

export async function published(
  channel: EvtChannel,
  data: string | Uint8Array | null,
  attributes: Published = {},
): Promise<bigint> {
  const event = allocated(channel, attributes);
  return event.publish(typeof data === 'string' ? bytes(data) : data);
}

/** What a node knows of a channel. */
export interface ChannelDump {
  readonly name: string;
  readonly unlinked: boolean;
  readonly open: Readonly<Record<number, number>>;
  readonly retained: readonly string[];
}

/** A cluster with the event service. */
export class EvtCluster {
  private constructor(readonly ais: AisCluster) {}

  static async of(
    nodes: readonly number[] = [1],
    options: { start?: readonly number[]; seed?: number } = {},
  ): Promise<EvtCluster> {
    return new EvtCluster(await AisCluster.of(nodes, [evtPlugin], options));
  }

  /** A process on a node, with all callbacks but the ones left out. */
  async process(
    nodeId = 1,
    {
      without = [],
      dispatch = 'automatic' as 'automatic' | 'manual',
      library,
    }: {
      without?: readonly (keyof EvtCallbacks)[];
      dispatch?: 'automatic' | 'manual';
      library?: EvtLibrary;
    } = {},
  ): Promise<EvtProcess> {
    const program = this.ais.cluster.program(nodeId);
    const process = new EvtProcess(this.ais, program, library ?? new EvtLibrary(program));
    const given = Object.entries(process.callbacks).filter(([name]) => !without.includes(name as keyof EvtCallbacks));
    const callbacks = Object.fromEntries(given) as Partial<EvtCallbacks>;
    process.evt = await this.ais.settled(process.library.initialize(callbacks, B_01_01, { dispatch }));
    return process;
  }

  /** The channels as each of these nodes knows them. */
  channels(...nodes: number[]): ChannelDump[][] {
    return nodes.map((nodeId) => {
      const { evt } = this.ais.cluster.node(nodeId).dump()['services'] as { evt: { channels: ChannelDump[] } };
      return evt.channels;
    });
  }
}

/** Processes that have the channel C open and subscribe to all of it as 1; process i is on node i + 1 at most. */
export async function listeners(
  count: number,
  nodes = 1,
  options: Parameters<EvtCluster['process']>[1] = {},
): Promise<{ all: EvtCluster; of: EvtProcess[]; c: EvtChannel[] }> {
  const all = await EvtCluster.of(Array.from({ length: nodes }, (_, i) => i + 1));
  const of: EvtProcess[] = [];
  const c: EvtChannel[] = [];
  for (let i = 0; i < count; i++) {
    of.push(await all.process(1 + (i % nodes), options));
    c.push(await of[i]!.listening());
  }
  return { all, of, c };
}
