import type { Clock, Timer } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { MessageView } from '../base/message-view.js';
import { worthALine } from '../base/sparse-log.js';
import { Guarantee, formatRingId } from '../totem/ring.js';
import type { Configuration, Group, RingId, Totem } from '../totem/ring.js';
import {
  BARRIER_BYTES,
  SERVICE_IDS,
  SyncMessage,
  decodeServiceIds,
  encodeBarrier,
  encodeServiceBuild,
  isForRing,
} from './messages.js';
import type { SyncParticipant } from './participant.js';

export interface SyncOptions {
  readonly totem: Totem;
  /** The services of this node that have shared state. */
  readonly participants: readonly SyncParticipant[];
  /** The SYNC subsystem's log. */
  readonly logger: Logger;
  /** With it, a phase that lasts is reported in the log. */
  readonly clock?: Clock;
  /** How long a phase may last before it is reported, and between reports; 10 s if not given. */
  readonly slowPhaseMs?: number;
  /** This node's byte order, in which it writes; true if not given. */
  readonly littleEndian?: boolean;
  /** A new ring's synchronization begins. */
  readonly onStart?: (members: readonly number[], ringId: RingId) => void;
  /** Every service is synchronized. Called before the ring goes back to ordinary messages. */
  readonly onComplete: (members: readonly number[], ringId: RingId) => void;
}

/** Messages of the group `sync` that were not followed; numbers only grow. */
export interface SyncCounters {
  /** Of another ring than the one being synchronized: left over from an interrupted one. Normal. */
  otherRing: number;
  /** Too short, or with service ids that cannot be. */
  malformed: number;
  /** From no member, repeated, or sent in a phase it does not belong to. A correct node does none of it. */
  violations: number;
}

/** One service of the ring's list; without a participant here, this node only sends its barrier. */
interface Phase {
  readonly id: number;
  participant: SyncParticipant | undefined;
}

/** What this node is doing: `build` service lists are awaited, `process` sending a service's state, `barrier` it is sent. */
type State = 'idle' | 'build' | 'process' | 'barrier';

/**
 * The synchronization engine: after each membership change it lets every service of the ring, in order of the ids, make
 * its state the same on all members (totem.md 8). Members first exchange which services they have; the union of the
 * lists is what all of them go through. Each service then sends its state, a barrier follows it, and when the barriers of
 * all members are delivered, everything before them is, so that the service can be activated.
 *
 * Barriers do not say which service they are for. They need not: a member sends the barrier of the next phase only after
 * it delivered mine for this one, and messages have one order everywhere, so a barrier always belongs to the phase that
 * its receiver is in.
 *
 * It sees configurations through `totem.onConfiguration`, in the order of registration: what services do at a
 * configuration comes before synchronization if their listener was registered before this engine was made.
 */
export class SyncEngine {
  readonly counters: SyncCounters = { otherRing: 0, malformed: 0, violations: 0 };
  private readonly participants = new Map<number, SyncParticipant>();
  private readonly group: Group;
  private readonly watchdog: Timer | undefined;
  private readonly slowPhaseMs: number;
  private readonly littleEndian: boolean;

  private state: State = 'idle';
  private ringId: RingId | undefined;
  private members: readonly number[] = [];
  private transitional: readonly number[] = [];
  private phases: Phase[] = [];
  private current = 0;
  /** Members whose service list or barrier has not come yet in this phase. */
  private awaited = new Set<number>();
  /** Counts what `afterToken` was asked for, so that a listener of an interrupted phase knows it is one. */
  private step = 0;
  private completed = false;
  /** How long this phase lasts, in steps of the reports about it. */
  private waitedMs = 0;

  constructor(private readonly options: SyncOptions) {
    this.littleEndian = options.littleEndian ?? true;
    this.slowPhaseMs = options.slowPhaseMs ?? 10_000;
    for (const participant of options.participants) this.add(participant);
    this.watchdog = options.clock?.timer(() => this.reportSlowPhase());
    this.group = options.totem.join('sync', (message, sender) => this.receive(message, sender));
    options.totem.onConfiguration((configuration) => this.configurationChanged(configuration));
  }

  /** Whether services may not rely on each other's state now: from start, and from each change, until it is complete. */
  get running(): boolean {
    return !this.completed;
  }

  /** A service that was loaded: it takes part from the next synchronization on. */
  add(participant: SyncParticipant): void {
    const { id, name } = participant;
    if (!Number.isInteger(id) || id < 0 || id >= SERVICE_IDS) {
      throw new RangeError(`service ${name} has id ${id}: choose one from 0 to ${SERVICE_IDS - 1}`);
    }
    const other = this.participants.get(id);
    if (other !== undefined) {
      throw new Error(`services ${other.name} and ${name} both have id ${id}: give one of them another id`);
    }
    this.participants.set(id, participant);
  }

  /** A service that is unloaded: it is not called again. A running synchronization keeps its phase, as the others do. */
  remove(id: number): void {
    this.participants.delete(id);
    for (const phase of this.phases) if (phase.id === id) phase.participant = undefined;
  }

  /** What is going on, as plain data. */
  dump(): unknown {
    return {
      state: this.state,
      ring: this.ringId && formatRingId(this.ringId),
      members: this.members,
      services: this.phases.map((phase) => phase.id),
      service: this.phases[this.current]?.id,
      awaited: [...this.awaited],
      counters: { ...this.counters },
    };
  }

  private configurationChanged(configuration: Configuration): void {
    this.completed = false;
    this.abort();
    if (configuration.kind === 'transitional') this.transitional = configuration.members;
    else this.begin(configuration);
  }

  /** Ends an unfinished round. Each participant that was initialized in it is activated or aborted, never both. */
  private abort(): void {
    this.watchdog?.stop();
    this.step++;
    this.ringId = undefined;
    this.awaited.clear();
    if (this.state === 'idle') return;
    this.options.logger.log('debug', `Synchronization of ${this.describe()} is interrupted`);
    const unfinished = this.phases.slice(this.current);
    this.state = 'idle';
    this.phases = [];
    this.current = 0;
    // What was added from other nodes' lists has no participant, so all of these were initialized.
    for (const phase of unfinished) phase.participant?.syncAbort();
  }

  private begin({ ringId, members }: Configuration): void {
    this.ringId = ringId;
    this.members = members;
    this.state = 'build';
    this.current = 0;
    this.phases = [...this.participants.values()]
      .map((participant) => ({ id: participant.id, participant }))
      .sort((a, b) => a.id - b.id);
    this.options.onStart?.(members, ringId);
    this.enter('build');
    const ids = this.phases.map((phase) => phase.id);
    this.send(encodeServiceBuild(ringId, ids, this.littleEndian));
    const stayed = this.transitional.filter((node) => members.includes(node));
    for (const phase of [...this.phases]) phase.participant?.syncInit(stayed, members, ringId);
  }

  /** A new wait for all members. */
  private enter(state: 'build' | 'process'): void {
    this.state = state;
    this.step++;
    this.awaited = new Set(this.members);
    this.waitedMs = 0;
    this.watchdog?.start(this.slowPhaseMs);
  }

  /** Multicasts now or, while the queue is full, after one of the next tokens; then calls `sent`. */
  private send(message: Uint8Array, sent?: () => void): void {
    const attempt = (): boolean => {
      const taken = this.group.multicast([message], Guarantee.AGREED);
      if (taken) sent?.();
      return taken;
    };
    if (!attempt()) this.eachToken(() => !attempt());
  }

  /** Calls `listener` after each token while it returns true, and no longer than this phase lasts. */
  private eachToken(listener: () => boolean): void {
    const { step } = this;
    this.options.totem.afterToken(() => step === this.step && listener());
  }

  private startPhase(): void {
    const phase = this.phases[this.current];
    if (phase === undefined) return this.complete();
    this.enter('process');
    this.eachToken(() => {
      if (phase.participant?.syncProcess() === false) return true;
      this.state = 'barrier';
      this.sendBarrier();
      return false;
    });
  }

  private sendBarrier(): void {
    const last = this.current === this.phases.length - 1;
    this.send(encodeBarrier(this.ringId!, this.littleEndian), () => {
      if (last) this.options.totem.synchronizationSent?.();
    });
  }

  private complete(): void {
    this.watchdog?.stop();
    this.step++;
    this.state = 'idle';
    this.completed = true;
    this.options.logger.log('debug', `Synchronization of ring ${formatRingId(this.ringId!)} is complete`);
    this.options.onComplete(this.members, this.ringId!);
    this.options.totem.synchronized();
  }

  private receive(message: MessageView, sender: number): void {
    if (message.length < BARRIER_BYTES) return this.malformed(sender, `it has ${message.length} bytes`);
    const id = message.i32(0);
    if (id !== SyncMessage.BARRIER && id !== SyncMessage.SERVICE_BUILD)
      return this.malformed(sender, `its id is ${id}`);
    if (this.ringId === undefined || !isForRing(message, this.ringId)) {
      this.counters.otherRing++;
      return;
    }
    if (!this.members.includes(sender)) return this.violation(sender, 'the node is no member');
    if (id === SyncMessage.BARRIER) this.receiveBarrier(sender);
    else this.receiveServiceBuild(message, sender);
  }

  private receiveServiceBuild(message: MessageView, sender: number): void {
    if (this.state !== 'build') return this.violation(sender, 'the service lists are complete');
    const ids = decodeServiceIds(message);
    if (ids === undefined) return this.malformed(sender, 'its service list is impossible');
    if (!this.awaited.delete(sender)) return this.violation(sender, 'it sent its service list before');
    for (const id of ids) {
      if (!this.phases.some((phase) => phase.id === id)) this.phases.push({ id, participant: undefined });
    }
    this.phases.sort((a, b) => a.id - b.id);
    if (this.awaited.size === 0) this.startPhase();
  }

  private receiveBarrier(sender: number): void {
    if (this.state !== 'process' && this.state !== 'barrier') return this.violation(sender, 'no barrier is awaited');
    if (this.state === 'process' && sender === this.options.totem.nodeId) {
      return this.violation(sender, 'this node has not sent its barrier yet');
    }
    if (!this.awaited.delete(sender)) return this.violation(sender, 'it sent its barrier before');
    if (this.awaited.size > 0) return;
    const phase = this.phases[this.current++]!;
    this.options.logger.log('debug', `Synchronized ${nameOf(phase)}`);
    phase.participant?.syncActivate();
    this.startPhase();
  }

  private malformed(sender: number, why: string): void {
    this.warn(++this.counters.malformed, sender, why);
  }

  private violation(sender: number, why: string): void {
    this.warn(++this.counters.violations, sender, why);
  }

  private warn(count: number, sender: number, why: string): void {
    if (worthALine(count)) {
      this.options.logger.log(
        'warning',
        `Ignored a synchronization message of node ${sender}: ${why} (${count} so far)`,
      );
    }
  }

  private reportSlowPhase(): void {
    this.waitedMs += this.slowPhaseMs;
    const nodes = [...this.awaited].join(', ');
    this.options.logger.log(
      'warning',
      `Synchronization of ${this.describe()} has waited ${Math.round(this.waitedMs / 1000)} s for node ${nodes}; ` +
        'its log should say why',
    );
    this.watchdog?.start(this.slowPhaseMs);
  }

  private describe(): string {
    const phase = this.phases[this.current];
    return this.state === 'build' || phase === undefined ? 'service lists' : `service ${nameOf(phase)}`;
  }
}

function nameOf(phase: Phase): string {
  return phase.participant === undefined ? `${phase.id} (not on this node)` : `${phase.participant.name} (${phase.id})`;
}
