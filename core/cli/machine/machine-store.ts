import type { Machine } from '../../base/machine.js';
import type { Store } from '../../base/store.js';

/*
 * Readings of the machine go through the node's store: so a flight recorder has them, and a replayed node reads what the
 * recorded one read.
 */

const PREFIX = 'machine.';
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A store whose keys `machine.*` are readings of the machine, made when they are loaded. */
export class MachineStore implements Store {
  constructor(
    private readonly files: Store,
    private readonly machine: Machine,
  ) {}

  load(key: string): Uint8Array | undefined {
    if (!key.startsWith(PREFIX)) return this.files.load(key);
    const reading = this.read(key.slice(PREFIX.length));
    return reading === undefined ? undefined : encoder.encode(String(reading));
  }

  save(key: string, bytes: Uint8Array): void {
    if (key.startsWith(PREFIX)) throw new Error(`"${key}" is a reading of the machine and cannot be saved`);
    this.files.save(key, bytes);
  }

  private read(name: string): string | number | bigint | undefined {
    const { machine } = this;
    if (name === 'memory_used') return machine.memoryUsedPercent();
    if (name === 'load_15min') return machine.load15();
    if (name === 'monotonic') return machine.monotonicNs();
    if (name === 'epoch') return machine.epochMs();
    const process = /^process\.(\d+)$/.exec(name);
    return process ? machine.processName(Number(process[1])) : undefined;
  }
}

/** The machine as a node's store shows it. */
export class StoredMachine implements Machine {
  constructor(private readonly store: Store) {}

  memoryUsedPercent(): number | undefined {
    return this.number('memory_used');
  }

  load15(): number | undefined {
    return this.number('load_15min');
  }

  monotonicNs(): bigint {
    return BigInt(this.text('monotonic') ?? 0);
  }

  epochMs(): number {
    return this.number('epoch') ?? 0;
  }

  processName(pid: number): string {
    return this.text(`process.${pid}`) ?? '';
  }

  private number(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : Number(text);
  }

  private text(name: string): string | undefined {
    const bytes = this.store.load(PREFIX + name);
    return bytes === undefined ? undefined : decoder.decode(bytes);
  }
}
