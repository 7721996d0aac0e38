import { fromMilliseconds, SA_TIME_END, SA_TIME_ONE_SECOND } from '../../sdk/ais/time.js';
import { TrackFlags } from '../../sdk/ais/track.js';
import { A_01_01, B_01_01 } from '../../sdk/ais/version.js';
import { CkptLibrary, CreationFlags as CkptFlags, OpenFlags as CkptOpen } from '../../../plugins/ckpt/index.js';
import type { Ckpt, CkptCheckpoint } from '../../../plugins/ckpt/index.js';
import { ClmLibrary, ClusterChange } from '../../../plugins/clm/index.js';
import type { Clm } from '../../../plugins/clm/index.js';
import { ChannelOpenFlags, EvtLibrary, FilterType } from '../../../plugins/evt/index.js';
import type { Evt, EvtChannel } from '../../../plugins/evt/index.js';
import { LckLibrary, LockMode, LockStatus, ResourceOpenFlags } from '../../../plugins/lck/index.js';
import type { Lck, LckResource } from '../../../plugins/lck/index.js';
import { CreationFlags as MsgFlags, MsgLibrary, OpenFlags as MsgOpen } from '../../../plugins/msg/index.js';
import type { Msg, MsgQueue } from '../../../plugins/msg/index.js';
import { TimeType, TmrLibrary } from '../../../plugins/tmr/index.js';
import type { Tmr } from '../../../plugins/tmr/index.js';
import { AisClient } from './ais-client.js';
import type { AisLog } from './ais-client.js';
import type { ServiceTraffic } from '../plan.js';
import type { ServiceLife } from './service-load.js';

const AUTOMATIC = { dispatch: 'automatic' } as const;
/** Of calls that wait: shorter than most partitions, longer than most rotations. */
const PATIENCE = 5n * SA_TIME_ONE_SECOND;
const RESOURCES = ['R0', 'R1'];
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? undefined);

/** Follows who is in the cluster. */
export class ClmUser extends AisClient<Clm> {
  /** As it was told last. */
  members: readonly number[] | undefined;

  constructor(life: ServiceLife, shared: AisLog) {
    super('clm', life, shared);
  }

  protected initialize(): Promise<Clm> {
    const clusterTrack = ({ notification }: { notification: readonly ClusterEntry[] }): void => {
      const there = notification.filter(({ clusterChange }) => clusterChange !== ClusterChange.LEFT);
      this.members = there.map(({ clusterNode }) => clusterNode.nodeId).sort((a, b) => a - b);
      this.saw(`members ${this.members.join(' ')}`);
    };
    return new ClmLibrary(this.program).initialize({ clusterTrack }, B_01_01, AUTOMATIC);
  }

  protected begin(clm: Clm): void {
    this.follow(clm.clusterTrack(TrackFlags.CURRENT | TrackFlags.CHANGES), 'track the cluster', []);
  }

  protected next(clm: Clm): void {
    this.follow(clm.clusterNodeGet(this.life.process.nodeId, PATIENCE), 'ask for its own node', ['TIMEOUT']);
  }
}

interface ClusterEntry {
  readonly clusterNode: { readonly nodeId: number };
  readonly clusterChange: number;
}

/** Locks and unlocks. */
export class LckUser extends AisClient<Lck> {
  /** What it holds, by the lock's id. */
  readonly held = new Map<bigint, { readonly resource: string; readonly isExclusive: boolean }>();
  private readonly resources = new Map<string, LckResource>();

  constructor(life: ServiceLife, shared: AisLog) {
    super('lck', life, shared);
  }

  protected initialize(): Promise<Lck> {
    const lockStripped = (id: bigint): void => void this.held.delete(id);
    return new LckLibrary(this.program).initialize({ lockStripped }, B_01_01, AUTOMATIC);
  }

  protected begin(lck: Lck): void {
    for (const name of RESOURCES) {
      const opened = lck.resourceOpen(name, ResourceOpenFlags.RESOURCE_CREATE, SA_TIME_END);
      this.follow(opened, `open resource ${name}`, [], (resource) => this.resources.set(name, resource));
    }
  }

  protected next(lck: Lck): void {
    const { random } = this.life;
    const [held] = this.held.keys();
    if (held !== undefined && random.chance(0.6)) {
      this.held.delete(held);
      this.follow(lck.resourceUnlock(held, SA_TIME_END), 'unlock', ['NOT_EXIST', 'BAD_HANDLE']);
      return;
    }
    const name = random.pick(RESOURCES);
    const isExclusive = random.chance(0.5);
    const mode = isExclusive ? LockMode.EX : LockMode.PR;
    const call = this.resources.get(name)?.lock(mode, 0, 0n, PATIENCE);
    if (call === undefined) return;
    this.follow(call, `lock ${name}`, ['TIMEOUT'], ({ lockId, lockStatus }) => {
      if (lockStatus === LockStatus.GRANTED) this.held.set(lockId, { resource: name, isExclusive });
    });
  }
}

/** Writes and reads a checkpoint that all nodes have open. */
export class CkptUser extends AisClient<Ckpt> {
  private checkpoint: CkptCheckpoint | undefined;

  constructor(
    life: ServiceLife,
    shared: AisLog,
    private readonly traffic: ServiceTraffic,
  ) {
    super('ckpt', life, shared);
  }

  protected initialize(): Promise<Ckpt> {
    return new CkptLibrary(this.program).initialize({}, B_01_01, AUTOMATIC);
  }

  protected begin(ckpt: Ckpt): void {
    const size = this.traffic.mostBytes + 16;
    const attributes = {
      creationFlags: CkptFlags.WR_ALL_REPLICAS,
      checkpointSize: size,
      retentionDuration: SA_TIME_END,
      maxSections: 1,
      maxSectionSize: size,
      maxSectionIdSize: 16,
    };
    const flags = CkptOpen.READ | CkptOpen.WRITE | CkptOpen.CREATE;
    const opened = ckpt.checkpointOpen('C', attributes, flags, SA_TIME_END);
    this.follow(opened, 'open a checkpoint', [], (checkpoint) => (this.checkpoint = checkpoint));
  }

  protected next(): void {
    const { checkpoint } = this;
    const { random } = this.life;
    if (checkpoint === undefined) return;
    if (random.chance(0.7)) {
      const data = new Uint8Array(random.between(this.traffic.leastBytes, this.traffic.mostBytes)).fill(
        random.below(256),
      );
      this.follow(checkpoint.sectionOverwrite(new Uint8Array(0), data), 'write a section', []);
      return;
    }
    this.follow(checkpoint.read([{ sectionId: new Uint8Array(0) }]), 'read a section', [], ([data]) => {
      const [first] = data!;
      if (!data!.every((byte) => byte === first)) this.problem('read a section that nobody wrote as a whole');
      this.saw(`read ${data!.length} times ${first}`);
    });
  }
}

/** Publishes on a channel and hears it. */
export class EvtUser extends AisClient<Evt> {
  private channel: EvtChannel | undefined;
  private readonly heard = new Set<number>();
  /** The last number of each publisher, of events that are not retained. */
  private readonly last = new Map<string, number>();

  constructor(life: ServiceLife, shared: AisLog) {
    super('evt', life, shared);
  }

  protected initialize(): Promise<Evt> {
    const eventDeliver = (_: number, event: { dataGet(): Uint8Array }): void => this.delivered(textOf(event.dataGet()));
    return new EvtLibrary(this.program).initialize({ eventDeliver }, B_01_01, AUTOMATIC);
  }

  protected begin(evt: Evt): void {
    const { PUBLISHER, SUBSCRIBER, CREATE } = ChannelOpenFlags;
    this.follow(evt.channelOpen('E', PUBLISHER | SUBSCRIBER | CREATE, SA_TIME_END), 'open a channel', [], (channel) => {
      const all = [{ filterType: FilterType.PASS_ALL }];
      this.follow(channel.eventSubscribe(all, 1), 'subscribe', [], () => (this.channel = channel));
    });
  }

  protected next(): void {
    const event = this.channel?.eventAllocate();
    if (event === undefined) return;
    const isRetained = this.life.random.chance(0.2);
    // Short: in the end none is about to go.
    const retentionTime = isRetained ? SA_TIME_ONE_SECOND / 2n : 0n;
    event.attributesSet({ patterns: [], priority: 3, retentionTime, publisherName: '' });
    const number = ++this.shared.lastNumber;
    const text = `${number} ${this.life.process.index} ${isRetained ? 'retained' : 'once'}`;
    this.follow(event.publish(bytesOf(text)), 'publish', ['NO_RESOURCES']);
  }

  private delivered(text: string): void {
    const [number, publisher, kind] = text.split(' ') as [string, string, string];
    this.saw(`event ${text}`);
    const at = Number(number);
    if (this.heard.has(at)) this.problem(`was given event ${at} again`);
    this.heard.add(at);
    if (kind === 'retained') return;
    if (at < (this.last.get(publisher) ?? 0)) this.problem(`was given event ${at} after a later one of its publisher`);
    this.last.set(publisher, at);
  }
}

/** Reads its node's queue, and sends to those of all. */
export class MsgUser extends AisClient<Msg> {
  private queue: MsgQueue | undefined;
  private isOpening = false;
  private isReading = false;
  private readonly got = new Set<number>();
  private readonly last = new Map<string, number>();

  constructor(
    life: ServiceLife,
    shared: AisLog,
    private readonly nodeIds: readonly number[],
  ) {
    super('msg', life, shared);
  }

  protected initialize(): Promise<Msg> {
    return new MsgLibrary(this.program).initialize({}, B_01_01, AUTOMATIC);
  }

  protected begin(msg: Msg): void {
    const attributes = {
      creationFlags: MsgFlags.PERSISTENT,
      size: [10_000, 10_000, 10_000, 10_000],
      retentionTime: 0n,
    };
    this.isOpening = true;
    this.follow(
      msg.queueOpen(`Q${this.life.process.nodeId}`, attributes, MsgOpen.CREATE, SA_TIME_END),
      'open its queue',
      // Others may not have noticed yet that this node's life before is over.
      ['BUSY'],
      (queue) => (this.queue = queue),
    );
  }

  protected next(msg: Msg): void {
    if (this.queue === undefined && !this.isOpening) this.begin(msg);
    if (this.pending === 0) this.isOpening = false;
    const { random } = this.life;
    if (this.queue !== undefined && !this.isReading && random.chance(0.6)) {
      this.isReading = true;
      const get = this.queue.messageGet(fromMilliseconds(random.between(1, 500)));
      // The queue goes to the other side's reader where two sides of a partition have opened it.
      const ended = get.finally(() => (this.isReading = false));
      this.follow(ended, 'get a message', ['TIMEOUT', 'BAD_HANDLE'], ({ message }) => this.taken(textOf(message.data)));
      return;
    }
    const text = `${++this.shared.lastNumber} ${this.life.process.index}`;
    const destination = `Q${random.pick(this.nodeIds)}`;
    const sent = msg.messageSend(destination, { data: bytesOf(text) }, PATIENCE);
    this.follow(sent, 'send a message', ['NOT_EXIST', 'QUEUE_FULL', 'QUEUE_NOT_AVAILABLE', 'TIMEOUT']);
  }

  private taken(text: string): void {
    const [number, sender] = text.split(' ') as [string, string];
    const at = Number(number);
    this.saw(`message ${text}`);
    if (this.got.has(at)) this.problem(`got message ${at} again`);
    this.got.add(at);
    if (at < (this.last.get(sender) ?? 0)) this.problem(`got message ${at} after a later one of its sender`);
    this.last.set(sender, at);
  }
}

/** Starts timers. */
export class TmrUser extends AisClient<Tmr> {
  constructor(life: ServiceLife, shared: AisLog) {
    super('tmr', life, shared);
  }

  protected initialize(): Promise<Tmr> {
    const { clock } = this.life;
    const timerExpired = (_: bigint, due: unknown): void => {
      const early = (due as number) - clock.now();
      // The clock that timers run on has milliseconds.
      if (early > 1) this.problem(`had a timer expire ${early} ms early`);
      this.saw('timer');
    };
    const library = new TmrLibrary(this.program, () => fromMilliseconds(clock.now()));
    return library.initialize({ timerExpired }, A_01_01, AUTOMATIC);
  }

  protected begin(): void {
    // It has nothing to open.
  }

  protected next(tmr: Tmr): void {
    const { clock, random } = this.life;
    const wait = random.between(1, 3000);
    const attributes = {
      type: TimeType.DURATION,
      initialExpirationTime: fromMilliseconds(wait),
      timerPeriodDuration: 0n,
    };
    tmr.timerStart(attributes, clock.now() + wait);
  }
}
