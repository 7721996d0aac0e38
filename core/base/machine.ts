/** What services tell of the machine that the node runs on. Nothing else of it reaches them. */
export interface Machine {
  /** Memory and swap in use, in whole percent; undefined if it cannot be read. */
  memoryUsedPercent(): number | undefined;
  /** Average of processes that ran or wanted to, over 15 minutes; undefined if it cannot be read. */
  load15(): number | undefined;
  /** Nanoseconds since the machine started: the clock that client programs stamp `last_updated` with. */
  monotonicNs(): bigint;
  /** Milliseconds since 1970. */
  epochMs(): number;
  /** Name of a process as the kernel shows it, up to 15 characters; empty if there is no such process. */
  processName(pid: number): string;
}
