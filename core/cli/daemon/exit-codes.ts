import { ExitCode } from '../../host/errors.js';

/** How choraled ends. The numbers are Corosync's; docs/running.md lists them for people. */
export const DaemonExit = {
  ...ExitCode,
  /** The normal end: asked for by a signal or a command. */
  OK: 0,
  /** Wrong use of the command line. */
  USAGE: 1,
  /** The process in the background could not be started, or ended without a word. */
  FORK: 4,
  /** A bug: something was thrown that nothing expected. */
  FATAL: 15,
  /** The pid file cannot be written or locked. */
  PID_FILE: 17,
  /** Another daemon has the pid file. */
  ALREADY_RUNNING: 18,
  /** The standard streams could not be turned to /dev/null. */
  STANDARD_STREAMS: 19,
} as const;
