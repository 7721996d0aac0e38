import type { Clock, Timer } from '../../core/base/clock.js';
import { silentLogger } from '../../core/base/logger.js';
import type { Logger } from '../../core/base/logger.js';
import type { SyncParticipant } from '../../core/sync/participant.js';
import { SyncEngine } from '../../core/sync/sync-engine.js';
import type { SyncOptions } from '../../core/sync/sync-engine.js';
import { formatRingId } from '../../core/totem/ring.js';
import type { RingId } from '../../core/totem/ring.js';
import { FakePort, FakeRings } from '../totem-pg/fake-ring.js';
import type { FakePortOptions } from '../totem-pg/fake-ring.js';
import { TestNode, indexOf } from '../totem-pg/nodes.js';

/** A participant that writes down what it is asked for. */
export class TestParticipant implements SyncParticipant {
  readonly name: string;
  /** What `syncProcess` does; it is done if not given. */
  process: (() => boolean) | undefined;
  activate: (() => void) | undefined;
  init: (() => void) | undefined;

  constructor(
    readonly id: number,
    private readonly log: string[],
  ) {
    this.name = `service${id}`;
  }

  syncInit(transitional: readonly number[], members: readonly number[], ringId: RingId): void {
    this.log.push(`init ${this.id} ${formatRingId(ringId)} [${transitional}] [${members}]`);
    this.init?.();
  }

  syncProcess(): boolean {
    const done = this.process?.() ?? true;
    this.log.push(`${done ? 'process' : 'again'} ${this.id}`);
    return done;
  }

  syncActivate(): void {
    this.log.push(`activate ${this.id}`);
    this.activate?.();
  }

  syncAbort(): void {
    this.log.push(`abort ${this.id}`);
  }
}

/** A node with packing and synchronization under test. */
export class SyncNode extends TestNode {
  /** Everything that happened here, in order. */
  readonly log: string[] = [];
  readonly participants: readonly TestParticipant[];
  readonly engine: SyncEngine;
  completed = 0;

  constructor(port: FakePort, serviceIds: readonly number[], options: Partial<SyncOptions>, logger: Logger) {
    super(port, logger, (node, received) => {
      (node as SyncNode).log.push(`message ${received.sender}:${indexOf(received)}`);
    });
    this.packing.onConfiguration(({ kind, ringId, members }) => {
      this.log.push(`${kind} ${formatRingId(ringId)} [${members}]`);
    });
    this.participants = serviceIds.map((id) => new TestParticipant(id, this.log));
    this.engine = new SyncEngine({
      totem: this.packing,
      participants: this.participants,
      logger,
      littleEndian: port.littleEndian,
      onComplete: (members, ringId) => {
        this.completed++;
        this.log.push(`complete ${formatRingId(ringId)} [${members}]`);
      },
      ...options,
    });
    this.packing.start();
  }

  /** What happened since the last call. */
  happened(): string[] {
    return this.log.splice(0);
  }
}

export interface SyncRings {
  readonly rings: FakeRings;
  readonly nodes: readonly SyncNode[];
}

/** One node for each list of service ids; node ids from 1. */
export function syncRings(
  services: readonly (readonly number[])[],
  ports: readonly FakePortOptions[] = [],
  options: Partial<SyncOptions> = {},
  logger: Logger = silentLogger,
): SyncRings {
  const fakePorts = services.map((_, i) => new FakePort(i + 1, ports[i] ?? {}));
  const nodes = fakePorts.map((port, i) => new SyncNode(port, services[i]!, options, logger));
  return { rings: new FakeRings(fakePorts), nodes };
}

/** Time that passes when a test says so. */
export class ManualClock implements Clock {
  private time = 0;
  private readonly pending = new Map<object, { at: number; expire: () => void }>();

  now(): number {
    return this.time;
  }

  timer(onExpiry: () => void): Timer {
    const key = {};
    const { pending } = this;
    return {
      start: (delay) => void pending.set(key, { at: this.time + delay, expire: onExpiry }),
      stop: () => void pending.delete(key),
      get running() {
        return pending.has(key);
      },
    };
  }

  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.pending].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (due === undefined) break;
      this.pending.delete(due[0]);
      this.time = due[1].at;
      due[1].expire();
    }
    this.time = end;
  }
}
