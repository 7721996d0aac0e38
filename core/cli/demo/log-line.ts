/** A line of a node's log. */
export interface LogLine {
  readonly severity: string;
  readonly subsystem: string;
  readonly text: string;
}

const SEVERE = new Set(['emerg', 'alert', 'crit', 'error']);

/** Reads what the daemon writes on standard error without timestamps. What is not from its log counts as an error. */
export function readLogLine(line: string): LogLine {
  const [, severity, subsystem, text] = /^(\w+) +\[(\S+) *\] (.*)$/.exec(line) ?? [];
  if (severity === undefined) return { severity: 'error', subsystem: '', text: line };
  return { severity, subsystem: subsystem!, text: text! };
}

/** Whether a line tells of the life of the cluster: who came and left, and why. */
export function tellsOfTheCluster({ severity, subsystem, text }: LogLine): boolean {
  if (SEVERE.has(severity)) return true;
  if (subsystem === 'TOTEM') return severity === 'notice' || severity === 'warning';
  return subsystem === 'MAIN' && text.startsWith('Node was shut down');
}
