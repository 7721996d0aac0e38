import type { Clock } from '../base/clock.js';
import type { Store } from '../base/store.js';
import type { NodeOptions } from './node-options.js';

/** What a plugin may know of the machine that its node runs on. */
export interface PluginMachine {
  /** The node's name in the configuration; without one, its address. */
  readonly name: string;
  /** The node's address as configured, in text. */
  readonly address: string;
  /** Nanoseconds since 1970 on this machine's clock, which other machines may disagree with. */
  epochNs(): bigint;
  /** When the machine started, on the same clock. */
  readonly bootNs: bigint;
}

const NS_IN_MS = 1_000_000;
/** Where the calendar of a node begins whose store reads no machine, as a simulated one's: 2026-01-01. */
const SIMULATED_EPOCH_MS = Date.UTC(2026, 0, 1);
const decoder = new TextDecoder();

/**
 * The machine as the node's store shows it (`machine.epoch` in milliseconds, `machine.monotonic` in nanoseconds), so that
 * a recorded node can be replayed. A store without these readings has a calendar that begins with the node's clock.
 */
export class StoredPluginMachine implements PluginMachine {
  readonly name: string;
  readonly address: string;
  private readonly began: number;
  private boot: bigint | undefined;

  constructor(
    options: NodeOptions,
    private readonly store: Store,
    private readonly clock: Clock,
  ) {
    this.address = options.peers.find((peer) => peer.nodeId === options.nodeId)?.address ?? '';
    this.name = options.name ?? (this.address || `node-${options.nodeId}`);
    this.began = clock.now();
  }

  epochNs(): bigint {
    const epoch = this.reading('machine.epoch');
    return nanoseconds(epoch === undefined ? SIMULATED_EPOCH_MS + this.clock.now() : Number(epoch));
  }

  get bootNs(): bigint {
    return (this.boot ??= this.readBoot());
  }

  private readBoot(): bigint {
    const sinceBoot = this.reading('machine.monotonic');
    if (sinceBoot === undefined) return nanoseconds(SIMULATED_EPOCH_MS + this.began);
    return this.epochNs() - BigInt(sinceBoot);
  }

  private reading(key: string): string | undefined {
    const bytes = this.store.load(key);
    return bytes === undefined ? undefined : decoder.decode(bytes);
  }
}

function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds * NS_IN_MS));
}
