import type { HostedService } from './hosted-service.js';
import type { FunctionCounters, RingGate } from './router.js';

const none = new Float64Array(0);

/**
 * Stands between an engine and the node: what an engine is given (its ring, its timers) is made before the engine is,
 * and must do nothing once it has ended. Timers and ring callbacks run inside the engine's fence.
 */
export class ServiceGate implements RingGate {
  private service: HostedService | undefined;
  private counters: FunctionCounters = { rx: none, tx: none };

  /** The engine is there; from now on this gate follows its state. */
  bind(service: HostedService): void {
    this.service = service;
    this.counters = service.counters;
  }

  get open(): boolean {
    return this.service !== undefined && this.service.state === 'running';
  }

  get tx(): Float64Array {
    return this.counters.tx;
  }

  run(callback: () => void): void {
    if (this.service !== undefined) this.service.fenced('timer', callback);
  }
}
