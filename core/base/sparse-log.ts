/**
 * Whether the `count`th event of a kind gets a log line: the 1st, 2nd, 4th, 8th ... do. What anybody on the network can
 * cause must not fill the log, and the pure rooms have no clock to limit lines by time.
 */
export function worthALine(count: number): boolean {
  return (count & (count - 1)) === 0;
}
