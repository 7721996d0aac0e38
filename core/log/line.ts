import { SEVERITIES } from '../base/logger.js';
import type { Severity } from '../base/logger.js';

/** One line on its way to a target. */
export interface LogLine {
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  /** Position in SEVERITIES. */
  readonly rank: number;
  readonly subsystem: string;
  readonly text: string;
  /** syslog's facility number; other targets do not show it. */
  readonly facility: number;
}

/** Who logs: what log files and the system log say about every line. */
export interface LogIdentity {
  /** `choraled`, for example. */
  readonly program: string;
  readonly hostname: string;
  readonly pid: number;
}

/** How a target writes its lines. */
export type LineStyle = 'stderr' | 'file' | 'syslog';
export type Timestamp = 'off' | 'on' | 'hires';

const ranks = new Map(SEVERITIES.map((severity, rank) => [severity, rank]));

/** Position of a severity in SEVERITIES: 0 is the most severe. */
export function rankOf(severity: Severity): number {
  return ranks.get(severity)!;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/**
 * A line as Corosync writes it, without its end:
 * `Nov 21 07:39:19.123 [1234] n1 choraled notice  [TOTEM ] text` in a file, without process on standard error, and only
 * subsystem and text in the system log, which adds the rest.
 */
export function formatLine(line: LogLine, style: LineStyle, timestamp: Timestamp, identity: LogIdentity): string {
  const body = `[${line.subsystem.padEnd(6)}] ${printable(line.text)}`;
  if (style === 'syslog') return `<${line.facility * 8 + syslogSeverity(line.rank)}>${body}`;
  const time = timestamp === 'off' ? '' : `${formatTime(line.timeMs, timestamp)} `;
  const severity = SEVERITIES[line.rank]!.padEnd(7);
  if (style === 'stderr') return `${time}${severity} ${body}`;
  return `${time}[${identity.pid}] ${identity.hostname} ${identity.program} ${severity} ${body}`;
}

/** `Nov 21 07:39:19`, with milliseconds if asked for; local time. */
export function formatTime(timeMs: number, timestamp: Exclude<Timestamp, 'off'>): string {
  const date = new Date(timeMs);
  const two = (number: number): string => String(number).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const seconds = `${MONTHS[date.getMonth()]!} ${two(date.getDate())} ${time}`;
  return timestamp === 'on' ? seconds : `${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Most system logs drop debug lines, so Corosync sends debug as info and trace as debug. */
function syslogSeverity(rank: number): number {
  return rank <= 6 ? rank : rank - 1;
}

const UNPRINTABLE = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/g;

/** What a line may quote comes from outside: it must not end the line, nor move the cursor of who reads it. */
function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
