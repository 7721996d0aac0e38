import type { Logger, Severity } from '../base/logger.js';
import { SEVERITIES } from '../base/logger.js';
import { ChoraleNode } from '../host/node.js';
import type { NodeOptions } from '../host/node-options.js';
import type { LoadRequest } from '../host/plugin-instance.js';
import type { Peer } from '../net/transport.js';
import type { ProcessInfo } from './checker/history.js';
import { MemoryStore } from './memory-store.js';
import type { VirtualNetwork } from './network.js';
import type { Random } from './random.js';
import type { Recorder } from './recorder.js';
import { SimFrameMemory } from './sim-frame-memory.js';
import { VirtualClock } from './virtual-clock.js';
import { VirtualTransport } from './virtual-transport.js';

/** What a simulated node is like, in all its lives. */
export interface SimNodeTraits {
  readonly options: NodeOptions;
  /** Of its clock: milliseconds in a millisecond. */
  readonly clockRate: number;
  /** Bytes of a frame's place in memory, and how many there are. */
  readonly slotBytes: number;
  readonly slots: number;
}

/** What a node needs of the simulation around it. */
export interface SimNodeSurroundings {
  readonly network: VirtualNetwork;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly positionOf: ReadonlyMap<number, number>;
  /** The plugins of a new life. */
  readonly plugins: (life: ProcessInfo) => readonly LoadRequest[];
  /** Something ran that may have settled a promise: let those who wait for it run before time goes on. */
  readonly ran: () => void;
  /** Takes the node's log. */
  readonly log?: (nodeId: number, severity: Severity, subsystem: string, text: string) => void;
}

/** Largest frames are not used: one is for the token (single-ring.ts), one to spare. */
const LARGE_SLOTS = 2;
const LOUD = SEVERITIES.indexOf('error');

/** A node of a simulated cluster: a whole production node on simulated bindings, its crashes and its lives. */
export class SimNode {
  readonly nodeId: number;
  readonly store = new MemoryStore();
  /** The node of the present life; undefined while it is down. */
  node: ChoraleNode | undefined;
  life: ProcessInfo | undefined;
  private clock: VirtualClock | undefined;
  private transport: VirtualTransport | undefined;
  private frames: SimFrameMemory | undefined;
  private readonly used: SimFrameMemory[] = [];
  /** Seen at the end of each life. */
  readonly counters: Record<string, number> = {};

  constructor(
    readonly position: number,
    private readonly traits: SimNodeTraits,
    private readonly surroundings: SimNodeSurroundings,
  ) {
    this.nodeId = traits.options.nodeId;
  }

  get running(): boolean {
    return this.node !== undefined;
  }

  /** The clock of the present life. Throws if it is down. */
  get clockNow(): VirtualClock {
    if (this.clock === undefined) throw new Error(`node ${this.nodeId} is down`);
    return this.clock;
  }

  get paused(): boolean {
    return this.clock?.paused ?? false;
  }

  /** Begins a life. Does nothing if it runs. */
  start(): void {
    if (this.node !== undefined) return;
    const { network, recorder, random, positionOf, plugins, ran } = this.surroundings;
    const { options, clockRate, slotBytes, slots } = this.traits;
    const life = recorder.begin(this.nodeId);
    const guard = (callback: () => void): void => {
      this.guard(callback);
      ran();
    };
    const clock = new VirtualClock(network.scheduler, clockRate, guard);
    const frames = SimFrameMemory.take(slotBytes, slots, LARGE_SLOTS);
    const transport = new VirtualTransport(frames, network, this.position, positionOf, (callback) =>
      this.guard(callback),
    );
    this.life = life;
    this.clock = clock;
    this.transport = transport;
    this.frames = frames;
    this.used.push(frames);
    this.guard(() => {
      this.node = new ChoraleNode({
        transport,
        clock,
        entropy: random.split(`life ${life.life}`),
        store: this.store,
        loggerOf: (subsystem) => this.loggerOf(subsystem),
        options,
        plugins: plugins(life),
        fatal: (error) => this.fatal(error),
      });
      this.node.start();
    });
  }

  /** The process dies without a word. */
  crash(): void {
    if (this.node === undefined) return;
    this.transport!.kill();
    this.node.crash();
    this.finish('crash');
  }

  /** The node leaves politely. */
  async leave(): Promise<void> {
    const { node } = this;
    if (node === undefined) return;
    await node.leave();
    if (this.node === node) this.finish('leave');
  }

  /** The process stands still; time goes on. */
  pause(): void {
    if (this.node === undefined) return;
    this.clock!.pause();
    this.transport!.pause();
  }

  /** It goes on: with its overdue timers, or with the frames that wait. */
  resume(framesFirst: boolean): void {
    if (this.node === undefined || !this.paused) return;
    if (framesFirst) {
      this.transport!.resume();
      const { clock } = this;
      const { scheduler } = this.surroundings.network;
      scheduler.call(scheduler.now, () => clock!.resume());
    } else {
      this.clock!.resume();
      this.transport?.resume();
    }
  }

  jumpClock(milliseconds: number): void {
    this.clock?.jump(milliseconds);
  }

  /** The node's interface goes down or comes up: the node learns of it after `delayMs`. */
  interfaceChanges(delayMs: number): void {
    this.transport?.checkInterface(delayMs);
  }

  /** Frames that the present life uses. */
  get framesInUse(): number {
    return this.frames?.inUse ?? 0;
  }

  /** The run is over: memory goes to later nodes. */
  dispose(): void {
    this.checkMemory();
    this.clock?.close();
    this.node = undefined;
    for (const frames of this.used.splice(0)) frames.recycle();
  }

  peers(): readonly Peer[] {
    return this.traits.options.peers;
  }

  private finish(how: 'crash' | 'leave'): void {
    const { recorder } = this.surroundings;
    this.checkMemory();
    recorder.end(this.life!.index, how);
    this.clock!.close();
    this.node = undefined;
    this.clock = undefined;
    this.transport = undefined;
    this.frames = undefined;
  }

  private checkMemory(): void {
    const wrong = this.frames?.wrongReleases ?? 0;
    if (wrong === 0) return;
    this.surroundings.recorder.problem(
      'a frame has one owner',
      `node ${this.nodeId} released ${wrong} frames that were not in use`,
    );
  }

  private guard(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.surroundings.recorder.problem('no exception', `node ${this.nodeId}: ${text}`);
      this.crash();
    }
  }

  private fatal(error: Error): void {
    this.surroundings.recorder.problem('no exception', `node ${this.nodeId} cannot go on: ${error.message}`);
    const { network } = this.surroundings;
    const { life } = this;
    // The node has stopped itself, in the middle of something.
    network.scheduler.call(network.scheduler.now, () => {
      if (this.life === life) this.crash();
    });
  }

  private loggerOf(subsystem: string): Logger {
    const { log, recorder } = this.surroundings;
    return {
      enabled: (severity) => log !== undefined || SEVERITIES.indexOf(severity) <= LOUD,
      log: (severity, text) => {
        log?.(this.nodeId, severity, subsystem, text);
        if (text.startsWith('bug in plugin')) recorder.problem('no exception', `node ${this.nodeId}: ${text}`);
      },
    };
  }
}
