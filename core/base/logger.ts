/** The severities of Corosync's logging directives, most severe first (syslog's numbers are their positions). */
export const SEVERITIES = ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug', 'trace'] as const;
export type Severity = (typeof SEVERITIES)[number];

/**
 * One subsystem's log (TOTEM, SYNC, CPG ...). A line names what happened and why; the binding adds time and node.
 * Building a costly text for a level that is off is avoided by asking `enabled` first.
 */
export interface Logger {
  enabled(severity: Severity): boolean;
  log(severity: Severity, text: string): void;
}

/** Gives each subsystem its logger, by Corosync's subsystem name in capitals. */
export type LoggerOf = (subsystem: string) => Logger;

/** A logger that keeps nothing, for tests and embedding. */
export const silentLogger: Logger = { enabled: () => false, log: () => undefined };
