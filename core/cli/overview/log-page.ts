import { SEVERITIES } from '../../base/logger.js';
import type { LogPage, LogRecord } from '../../ipc/overview.js';
import type { RecentLine, RecentLines } from '../../log/recent-lines.js';

/** Records of one answer: with texts of the most characters still far below the longest message to a client. */
const RECORDS = 200;

/** A page of the log's last lines; `recent` is missing when none are kept. */
export function logPage(recent: RecentLines | undefined, after: number): LogPage {
  if (recent === undefined) return { records: [], more: false, kept: false };
  const records = recent.after(after, RECORDS).map(recordOf);
  return { records, more: records.length > 0 && records.at(-1)!.number < recent.newest, kept: true };
}

export function recordOf({ number, timeMs, rank, subsystem, text }: RecentLine): LogRecord {
  return { number, timeMs, severity: SEVERITIES[rank]!, subsystem, text };
}
