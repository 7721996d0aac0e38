/** Milliseconds from the opening of a transport to the first look at its interface (Corosync's). */
export const FIRST_CHECK = 100;

/**
 * Looks at intervals whether the local address is on an interface that is up, and tells the first answer and every
 * change. A look that fails (`check` throws) changes nothing and is counted.
 */
export class InterfaceWatch {
  private readonly check: () => boolean;
  private readonly changed: (up: boolean) => void;
  private readonly downcheck: number;
  private timer: NodeJS.Timeout | undefined;
  private state: boolean | undefined;
  failures = 0;

  constructor(downcheck: number, check: () => boolean, changed: (up: boolean) => void) {
    this.downcheck = downcheck;
    this.check = check;
    this.changed = changed;
  }

  /** False until the first look. */
  get up(): boolean {
    return this.state === true;
  }

  start(firstCheck = FIRST_CHECK): void {
    this.timer = setTimeout(() => this.look(), firstCheck);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private look(): void {
    // First the timer: `changed` may stop the watch.
    this.timer = setTimeout(() => this.look(), this.downcheck);
    let up: boolean;
    try {
      up = this.check();
    } catch {
      this.failures++;
      return;
    }
    if (up === this.state) return;
    this.state = up;
    this.changed(up);
  }
}
