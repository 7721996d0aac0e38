import { SEVERITIES } from '../../base/logger.js';
import type { LoggerOf, Severity } from '../../base/logger.js';
import type { LoggingConfig, LogTargets } from '../../config/model.js';
import { rankOf } from '../../log/line.js';

/**
 * The loggers of a replayed node: a line is shown if the recorded node's configuration let it into its log file or on
 * standard error, whether or not there was one.
 */
export function recordedLog(
  logging: () => LoggingConfig,
  write: (rank: number, subsystem: string, text: string) => void,
): LoggerOf {
  return (subsystem) => {
    const shown = (severity: Severity): boolean => {
      const all = logging();
      return rankOf(severity) <= lowestRank(all.subsystems.get(subsystem) ?? all);
    };
    return {
      enabled: shown,
      log: (severity, text) => {
        if (shown(severity)) write(rankOf(severity), subsystem, text);
      },
    };
  };
}

function lowestRank({ debug, logfilePriority }: LogTargets): number {
  if (debug === 'trace') return SEVERITIES.length - 1;
  return Math.max(rankOf(logfilePriority), debug === 'on' ? rankOf('debug') : 0);
}
