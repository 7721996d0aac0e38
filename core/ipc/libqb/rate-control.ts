import { FlowControl } from './layout.js';

/** How full the queue to the ring is, with Corosync's bands (ipc.md 10.6). */
export type QueueLevel = 'low' | 'good' | 'high' | 'critical';

/** Served although the services are being synchronized: a quorum device has to be heard then. */
const SERVED_IN_SYNCHRONIZATION = 'votequorum';

/** Requests of one client in one round, by level. */
const BUDGET: Readonly<Record<QueueLevel, number>> = { low: 50, good: 5, high: 1, critical: 1 };

/** How fast clients may send: from the fill of the ring's queue and from synchronization. */
export class RateControl {
  level: QueueLevel = 'low';
  /** From the transitional configuration until the last service is synchronized. */
  synchronizing = false;

  /** The queue is now so full, in percent. Between the bands the level stays. True: the level is another one. */
  used(percent: number): boolean {
    const before = this.level;
    if (percent >= 75) this.level = 'critical';
    else if (percent < 30) this.level = 'low';
    else if (percent > 40 && percent < 50) this.level = 'good';
    else if (percent > 60 && percent < 70) this.level = 'high';
    return this.level !== before;
  }

  /** The flow control word of a service's clients; their requests are read at OPEN only. */
  valueFor(service: string): number {
    if (this.level === 'critical') return FlowControl.LIMITED;
    return this.synchronizing && service !== SERVED_IN_SYNCHRONIZATION ? FlowControl.LIMITED : FlowControl.OPEN;
  }

  /** Requests of one client that are handled before it is another one's turn. */
  get budget(): number {
    return BUDGET[this.level];
  }
}
