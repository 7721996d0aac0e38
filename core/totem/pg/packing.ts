import type { Logger } from '../../base/logger.js';
import type { Configuration, Group, Guarantee, MessageReceiver, Totem } from '../ring.js';
import type { RingPort, RingPortListener } from '../srp/port.js';
import { newPackingCounters } from './counters.js';
import type { PackingCounters } from './counters.js';
import { GroupTable } from './groups.js';
import { Receiver } from './receiver.js';
import { Sender } from './sender.js';
import { StreamRepair } from './stream-repair.js';

export interface PackingOptions {
  /** The TOTEM subsystem's log. */
  readonly logger: Logger;
  /** This node's byte order, in which it writes; true if not given. */
  readonly littleEndian?: boolean;
  /**
   * Small frames of the frame memory that messages to send leave free for what is received. If not given: 128, but at
   * most a quarter of those free now.
   */
  readonly reserveFrames?: number;
}

/**
 * The packing layer (Corosync's totempg): messages of any length up to 1 MiB and a little more, in the frames of the ring
 * protocol below. Many small messages share a frame, a big one takes several.
 */
export class Packing implements Totem, RingPortListener {
  readonly counters: Readonly<PackingCounters>;
  private readonly sender: Sender;
  private readonly receiver: Receiver;
  private readonly repair: StreamRepair;
  private readonly groups: GroupTable;
  private readonly configurationListeners: ((configuration: Configuration) => void)[] = [];
  private started = false;
  /** Who left with the last transitional configuration. */
  private left: readonly number[] = [];

  constructor(
    private readonly port: RingPort,
    options: PackingOptions,
  ) {
    const counters = newPackingCounters();
    const littleEndian = options.littleEndian ?? true;
    this.counters = counters;
    this.groups = new GroupTable(counters, options.logger, littleEndian);
    this.receiver = new Receiver(port.frames, this.groups, counters, options.logger);
    const reserve = options.reserveFrames ?? Math.min(128, port.frames.free >> 2);
    this.sender = new Sender(port, counters, reserve, littleEndian);
    this.repair = new StreamRepair(port, this.sender, this.receiver, options.logger);
  }

  get nodeId(): number {
    return this.port.nodeId;
  }

  /** Senders whose last message is not here completely. */
  get unfinished(): number {
    return this.receiver.unfinished;
  }

  join(name: string, receive: MessageReceiver): Group {
    if (this.started) throw new Error(`group "${name}" is joined too late: join before start`);
    const prefix = this.groups.join(name, receive);
    const { sender } = this;
    return {
      multicast: (parts: readonly Uint8Array[], guarantee: Guarantee) => sender.multicast(prefix, parts, guarantee),
    };
  }

  /** As if sent to the group with the longest name joined here. */
  canMulticast(length: number): boolean {
    return this.sender.canTake(this.groups.longestPrefix + length);
  }

  onConfiguration(listener: (configuration: Configuration) => void): void {
    this.configurationListeners.push(listener);
  }

  afterToken(listener: () => boolean): void {
    this.port.afterToken(listener);
  }

  synchronizationSent(): void {
    this.sender.hold();
  }

  synchronized(): void {
    this.port.synchronized();
    this.sender.release();
    this.repair.synchronized();
  }

  start(): void {
    this.started = true;
    this.port.start(this);
  }

  leave(): void {
    this.sender.flush();
    this.sender.discard();
    this.port.leave();
  }

  tokenReceived(): void {
    this.sender.tokenReceived();
    this.repair.tokenReceived();
  }

  deliver(offset: number, length: number, sender: number, littleEndian: boolean): void {
    this.receiver.frame(offset, length, sender, littleEndian);
  }

  configuration(configuration: Configuration): void {
    if (configuration.kind === 'transitional') {
      this.left = configuration.left;
    } else {
      // Not with the transitional event: messages of the old ring, theirs too, may follow that.
      for (const node of this.left) this.receiver.forget(node);
      this.receiver.setMembers(configuration.members);
      this.sender.beginSynchronization();
      this.repair.configured(configuration.joined);
    }
    for (const listener of this.configurationListeners) listener(configuration);
  }

  queueChanging(transitional: boolean): void {
    this.sender.queueChanging(transitional);
    if (!transitional) this.receiver.useTransitional(false);
  }

  assemblyChanging(): void {
    this.receiver.useTransitional(true);
  }
}
