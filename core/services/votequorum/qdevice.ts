import type { Clock, Timer } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { Client } from '../../host/service-engine.js';
import type { NodeRecord } from './electorate.js';
import { NodeFlag } from './layouts.js';

/** What the quorum device does to the rest of votequorum. */
export interface QdeviceEffects {
  /** The flags of this node have changed: the others have to know. */
  flagsChanged(): void;
}

const ALL_FLAGS =
  NodeFlag.QDEVICE_REGISTERED | NodeFlag.QDEVICE_ALIVE | NodeFlag.QDEVICE_CAST_VOTE | NodeFlag.QDEVICE_MASTER_WINS;

/** The quorum device of this node: a local program that registers, says every now and then how it votes, and may vanish. */
export class Qdevice {
  /** As the cluster knows it; empty if no node has one. */
  name = '';
  /** The configuration forbids none: without a device section a program may register one. */
  canOperate = true;
  timeoutMs = 10000;
  syncTimeoutMs = 30000;
  /** The client whose registration is on its way around the ring. */
  registering: Client | undefined;
  /** Synchronization waits for the device to say how it votes on the new ring. */
  awaited = false;
  private readonly timer: Timer;

  constructor(
    private readonly us: NodeRecord,
    clock: Clock,
    private readonly logger: Logger,
    private readonly effects: QdeviceEffects,
  ) {
    this.timer = clock.timer(() => this.lost());
  }

  get registered(): boolean {
    return (this.us.flags & NodeFlag.QDEVICE_REGISTERED) !== 0;
  }

  get alive(): boolean {
    return (this.us.flags & NodeFlag.QDEVICE_ALIVE) !== 0;
  }

  /** A new ring: a live device is given time to look at it. */
  ringChanged(): void {
    this.awaited = this.registered && this.alive;
    if (!this.awaited) return;
    this.timer.start(this.syncTimeoutMs);
    const text = `waiting for quorum device ${this.name} poll (but maximum for ${this.syncTimeoutMs} ms)`;
    this.logger.log('info', text);
  }

  /** The device has said how it votes. */
  polled(castsVote: boolean): void {
    const flags = castsVote
      ? this.us.flags | NodeFlag.QDEVICE_ALIVE | NodeFlag.QDEVICE_CAST_VOTE
      : (this.us.flags | NodeFlag.QDEVICE_ALIVE) & ~NodeFlag.QDEVICE_CAST_VOTE;
    this.setFlags(flags);
    this.timer.start(this.timeoutMs);
    this.awaited = false;
  }

  setMasterWins(allow: boolean): void {
    const { flags } = this.us;
    this.setFlags(allow ? flags | NodeFlag.QDEVICE_MASTER_WINS : flags & ~NodeFlag.QDEVICE_MASTER_WINS);
  }

  /** The device goes; the others are told in any case. */
  unregister(): void {
    this.timer.stop();
    this.awaited = false;
    this.us.flags &= ~ALL_FLAGS;
    this.effects.flagsChanged();
  }

  stop(): void {
    this.timer.stop();
  }

  private lost(): void {
    this.awaited = false;
    if (!this.alive) return;
    this.logger.log('info', `lost contact with quorum device ${this.name}`);
    this.setFlags(this.us.flags & ~(NodeFlag.QDEVICE_ALIVE | NodeFlag.QDEVICE_CAST_VOTE));
  }

  private setFlags(flags: number): void {
    if (this.us.flags === flags) return;
    this.us.flags = flags;
    this.effects.flagsChanged();
  }
}
