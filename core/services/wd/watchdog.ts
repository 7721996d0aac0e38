/** An open watchdog: restarts the machine if it is not kept alive. */
export interface Watchdog {
  keepAlive(): void;
  /** Tells the device to act after so many seconds without a sign; gives what it will use. */
  setTimeout(seconds: number): number;
  /** Ends its watch without a restart. */
  close(): void;
}

/** What the watchdog service does to the machine. */
export interface WatchdogPower {
  /** Opens the device at a path; throws an Error that says why it cannot. */
  open(device: string): Watchdog;
  /** At once, without ending anything in good order: that is what `recovery` asks for. */
  restartMachine(): void;
  powerOff(): void;
}
