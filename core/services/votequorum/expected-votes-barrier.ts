import type { Logger } from '../../base/logger.js';
import type { Store } from '../../base/store.js';
import type { Icmap } from '../cmap/icmap.js';
import { ValueType } from '../cmap/values.js';

/** Corosync's file: one u32 in the byte order of the host. */
const FILE = 'ev_tracking';

/** The most votes ever expected, kept across restarts if expected votes are tracked; otherwise it does nothing. */
export class ExpectedVotesBarrier {
  /** 0 if nothing is tracked yet. */
  value = 0;

  constructor(
    private readonly tracking: boolean,
    private readonly store: Store,
    private readonly map: Icmap,
    private readonly logger: Logger,
  ) {
    if (!tracking) return;
    const bytes = store.load(FILE);
    if (bytes?.length === 4) this.value = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    this.keep();
  }

  raise(expectedVotes: number): void {
    if (!this.tracking || expectedVotes <= this.value) return;
    this.value = expectedVotes;
    this.keep();
  }

  /** The votes, but if they are tracked no fewer than the barrier. */
  atLeast(expectedVotes: number): number {
    return this.tracking ? Math.max(expectedVotes, this.value) : expectedVotes;
  }

  private keep(): void {
    this.map.setNumber('runtime.votequorum.ev_tracking_barrier', ValueType.U32, this.value);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, this.value, true);
    try {
      this.store.save(FILE, bytes);
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      const advice = 'after a restart this node may expect too few votes; make the state directory writable';
      this.logger.log('warning', `the expected votes could not be saved (${why}): ${advice}`);
    }
  }
}
