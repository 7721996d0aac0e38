/** How `chorale` ends; docs/commands.md lists them for people. They do not change. */
export const CommandExit = {
  OK: 0,
  /** The daemon refused, or the command failed; for `demo`: the nodes did not all deliver the same order. */
  FAILED: 1,
  /** Wrong use of the command line. */
  USAGE: 2,
  /** No daemon answers. */
  NO_DAEMON: 3,
  /** The command worked and what it shows is not well: not quorate, or `status --check` found something. */
  NOT_WELL: 4,
} as const;

/** What each code means, for help and manual pages. */
export const EXIT_MEANINGS: readonly (readonly [code: number, meaning: string])[] = [
  [CommandExit.OK, 'done'],
  [CommandExit.FAILED, 'refused or failed; the message says why'],
  [CommandExit.USAGE, 'wrong use'],
  [CommandExit.NO_DAEMON, 'no daemon answers'],
  [CommandExit.NOT_WELL, 'done, and the node is not quorate, or "status --check" found something'],
];
