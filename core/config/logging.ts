import { resolve } from 'node:path';
import type { Severity } from '../base/logger.js';
import type { Report } from './errors.js';
import type { DebugMode, LoggingConfig, LogTargets } from './model.js';
import type { ConfigStore } from './store.js';

const DEFAULTS: LogTargets = {
  toStderr: true,
  toSyslog: true,
  toLogfile: false,
  logfilePriority: 'info',
  syslogPriority: 'info',
  syslogFacility: 'daemon',
  debug: 'off',
};

/** Subsystems of Corosync, as their sections must spell them. */
const SUBSYSTEMS = [
  ...['MAIN', 'TOTEM', 'CMAP', 'CFG', 'CPG', 'QUORUM', 'VOTEQ', 'SYNC', 'QB', 'MON', 'WD', 'PLOAD', 'YKD'],
] as const;

/**
 * The logging section with its subsystems filled in.
 * @param workingDirectory what relative log files are relative to
 */
export function loggingOf(store: ConfigStore, workingDirectory: string, report: Report): LoggingConfig {
  const on = (key: string): boolean => store.string(`logging.${key}`) === 'on';
  const top = targetsAt(store, 'logging', DEFAULTS, workingDirectory);
  warnNoLogfile(store, 'logging', top, report);
  const subsystems = new Map<string, LogTargets>();
  for (const { entry, origin } of store.under('logging.logger_subsys.')) {
    const name = /^logging\.logger_subsys\.([^.]+)\.subsys$/.exec(entry.path)?.[1];
    if (name === undefined) continue;
    const path = `logging.logger_subsys.${name}`;
    // Corosync turns debug off for a subsystem whose section does not mention it, whatever the top level says.
    const targets = targetsAt(store, path, { ...top, debug: 'off' }, workingDirectory);
    warnNoLogfile(store, path, targets, report);
    subsystems.set(name, targets);
    const known = SUBSYSTEMS.find((subsystem) => subsystem === name.toUpperCase());
    if (known !== undefined && known !== name) {
      const at = { origin, key: 'logging.logger_subsys.subsys', value: name };
      report.warn(at, `is not "${known}"; names of subsystems are written in capitals`);
    }
  }
  return {
    ...top,
    timestamp: (store.string('logging.timestamp') ?? 'hires') as LoggingConfig['timestamp'],
    fileline: on('fileline'),
    functionName: on('function_name'),
    blackbox: store.string('logging.blackbox') !== 'off',
    subsystems,
  };
}

function targetsAt(store: ConfigStore, path: string, inherited: LogTargets, workingDirectory: string): LogTargets {
  const word = (key: string): string | undefined => store.string(`${path}.${key}`);
  const flag = (keys: readonly string[], value: boolean): boolean => {
    const set = keys.map(word).find((found) => found !== undefined);
    return set === undefined ? value : set === 'yes' || set === 'on';
  };
  const logfile = word('logfile');
  return {
    ...inherited,
    toStderr: flag(['to_stderr'], inherited.toStderr),
    toSyslog: flag(['to_syslog'], inherited.toSyslog),
    toLogfile: flag(['to_logfile', 'to_file'], inherited.toLogfile),
    ...(logfile === undefined || logfile === '' ? {} : { logfile: resolve(workingDirectory, logfile) }),
    logfilePriority: priority(word('logfile_priority'), inherited.logfilePriority),
    syslogPriority: priority(word('syslog_priority') ?? word('syslog_level'), inherited.syslogPriority),
    syslogFacility: word('syslog_facility') ?? inherited.syslogFacility,
    debug: (word('debug') as DebugMode | undefined) ?? inherited.debug,
  };
}

/** A priority's word, already checked, as a severity. */
function priority(word: string | undefined, inherited: Severity): Severity {
  if (word === undefined) return inherited;
  const lower = word.toLowerCase();
  return lower === 'err' ? 'error' : (lower as Severity);
}

function warnNoLogfile(store: ConfigStore, path: string, targets: LogTargets, report: Report): void {
  const stored = store.find(`${path}.to_logfile`) ?? store.find(`${path}.to_file`);
  if (stored === undefined || !targets.toLogfile || targets.logfile !== undefined) return;
  const at = { origin: stored.origin, key: stored.entry.path, value: String(stored.entry.value) };
  report.warn(at, 'has no effect without "logfile: PATH"');
}
