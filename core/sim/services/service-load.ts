import type { Clock } from '../../base/clock.js';
import type { ChoraleNode } from '../../host/node.js';
import type { Plugin } from '../../host/plugin.js';
import type { RingId } from '../../totem/ring.js';
import type { ProcessInfo } from '../checker/history.js';
import type { Property } from '../checker/violation.js';
import type { ServiceTraffic } from '../plan.js';
import type { Random } from '../random.js';

/**
 * A service whose clients take part in simulated runs: who adds one here has it run under all faults, and checked by
 * properties of its own.
 */
export interface SimService {
  /** As plans name it. */
  readonly name: string;
  /** What a node of a cluster of these nodes runs. Asked for at each start of a node. */
  plugins(nodeId: number, nodeIds: readonly number[]): readonly Plugin[];
  /** Begins a run in a cluster of these nodes. */
  begin(log: ServiceLog, nodeIds: readonly number[]): ServiceRun;
}

/** A service in one run: what its clients saw, and what is checked about it. */
export interface ServiceRun {
  /** Clients of a node's new life, for one entry of the plan. */
  users(life: ServiceLife, traffic: ServiceTraffic): ServiceUsers;
  /** The run is over; nodes that live are still there to be looked at. */
  end?(): void;
  /** Checked when the run is over. */
  readonly properties: readonly Property[];
}

/** Clients within the process of one life of a node. They end with it, without being told. */
export interface ServiceUsers {
  /** Does one more thing that clients do. */
  act(): void;
  /** Promises of theirs that are not settled. */
  readonly pending: number;
  /** They do something in turns of the event loop also when no promise is pending: callbacks of theirs. */
  readonly inTurns?: boolean;
}

/** A life of a node that has clients. */
export interface ServiceLife {
  readonly process: ProcessInfo;
  readonly node: ChoraleNode;
  readonly clock: Clock;
  readonly random: Random;
}

/** Where what clients see is written down. */
export interface ServiceLog {
  /** Virtual time in milliseconds. */
  readonly now: number;
  /** A ring's name, unique in the run. */
  ringName(ringId: RingId): string;
  /** Something a client saw: it becomes part of the run's digest. */
  saw(process: number, text: string): void;
  /** Whether the process still runs. */
  isAlive(process: number): boolean;
  /** Something is wrong whatever the properties say. */
  problem(property: string, text: string): void;
}
