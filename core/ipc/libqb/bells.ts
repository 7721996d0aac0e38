import { BELL_FIELDS } from '../../net/native-ipc.js';
import type { NativeIpcPoller } from '../../net/native-ipc.js';

/** A socket's posts that have not been made yet. */
export class Bell {
  quiet = 0;
  loud = 0;
  /** It is in the list. */
  listed = false;

  constructor(readonly socket: number) {}
}

/**
 * Collects what clients have to be woken for and wakes them at the end of the batch, in one native call: their semaphores
 * are posted and a byte an event is sent, all of a client's in one piece.
 */
export class Bells {
  private readonly listed: Bell[] = [];
  private count = 0;
  private armed = false;

  constructor(private readonly poller: NativeIpcPoller) {}

  /** One more message in the ring whose reader waits for the semaphore. */
  quiet(bell: Bell): void {
    bell.quiet++;
    this.list(bell);
  }

  /** One more message in the ring whose reader waits for a byte. */
  loud(bell: Bell): void {
    bell.loud++;
    this.list(bell);
  }

  /** Wakes now whoever has to be woken. */
  readonly ring = (): void => {
    this.armed = false;
    const { bells } = this.poller;
    const most = bells.length / BELL_FIELDS;
    let rows = 0;
    for (let i = 0; i < this.count; i++) {
      const bell = this.listed[i]!;
      const at = rows * BELL_FIELDS;
      bells[at] = bell.socket;
      bells[at + 1] = bell.quiet;
      bells[at + 2] = bell.loud;
      bell.quiet = bell.loud = 0;
      bell.listed = false;
      if (++rows === most) {
        this.poller.ring(rows);
        rows = 0;
      }
    }
    this.count = 0;
    if (rows > 0) this.poller.ring(rows);
  };

  private list(bell: Bell): void {
    if (!bell.listed) {
      bell.listed = true;
      this.listed[this.count++] = bell;
    }
    if (this.armed) return;
    this.armed = true;
    // After what woke this process has been handled to its end, which may be many messages.
    process.nextTick(this.ring);
  }
}
