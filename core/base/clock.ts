/**
 * Time as the protocol sees it. The production binding is Node's event loop; the simulator's is virtual.
 * Nothing in the protocol or in a service engine reads time any other way.
 */
export interface Clock {
  /** Monotonic time in milliseconds, fractional. Its zero is arbitrary. */
  now(): number;
  /** Makes a stopped timer. Make it once and restart it: starting a running timer moves its expiry and allocates nothing. */
  timer(onExpiry: () => void): Timer;
}

/** A one-shot timer that can be started again and again. */
export interface Timer {
  /** Expires once, `delayMs` from now; a running timer is moved. */
  start(delayMs: number): void;
  /** A stopped timer does not expire. Stopping it twice is harmless. */
  stop(): void;
  readonly running: boolean;
}
