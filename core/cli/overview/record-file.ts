import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { LogRecord } from '../../ipc/overview.js';
import type { RecentLine } from '../../log/recent-lines.js';
import { recordOf } from './log-page.js';

/** In the state directory: the last log lines of a daemon that failed. The one before it has `.1` behind its name. */
export const BLACKBOX_FILE = 'blackbox';

/** Writes records, a JSON object a line. Throws the system's error. */
export function writeRecords(path: string, lines: readonly RecentLine[]): void {
  try {
    renameSync(path, `${path}.1`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  writeFileSync(path, lines.map((line) => `${JSON.stringify(recordOf(line))}\n`).join(''), { mode: 0o600 });
}

/** The records of such a file. Throws an Error that says what is wrong with it. */
export function readRecords(path: string): LogRecord[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line, i) => recordIn(line, `${path}:${i + 1}`));
}

function recordIn(line: string, where: string): LogRecord {
  const problem = `${where}: no record of the log; name a file that choraled wrote`;
  let record: Partial<LogRecord>;
  try {
    record = JSON.parse(line) as Partial<LogRecord>;
  } catch (error) {
    throw new Error(problem, { cause: error });
  }
  const { number, timeMs, severity, subsystem, text } = record;
  if (
    typeof number !== 'number' ||
    typeof timeMs !== 'number' ||
    typeof severity !== 'string' ||
    typeof subsystem !== 'string' ||
    typeof text !== 'string'
  ) {
    throw new Error(problem);
  }
  return { number, timeMs, severity, subsystem, text };
}
