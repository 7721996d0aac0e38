/** How `chorale` ends; docs/running.md lists them for people. */
export const CommandExit = {
  OK: 0,
  /** The daemon refused, or the command failed; for `demo`: the nodes did not all deliver the same order. */
  FAILED: 1,
  /** Wrong use of the command line. */
  USAGE: 2,
  /** No daemon answers. */
  NO_DAEMON: 3,
} as const;
