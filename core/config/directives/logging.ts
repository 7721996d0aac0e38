import type { Directive } from './directive.js';

const SWITCH = ['yes', 'no', 'on', 'off'] as const;
const ON_OFF = ['on', 'off'] as const;

/** The words of a priority; Corosync compares them without regard to case. */
export const PRIORITIES = ['emerg', 'alert', 'crit', 'err', 'error', 'warning', 'notice', 'info', 'debug'] as const;

/** syslog's facilities, as libqb knows them. */
export const FACILITIES = [
  ...['auth', 'authpriv', 'cron', 'daemon', 'ftp', 'kern', 'lpr', 'mail', 'news', 'syslog', 'user', 'uucp'],
  ...['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
] as const;

const supported = { type: 'str', status: 'supported' } as const;

/** What may stand in `logging` and in each `logger_subsys`; `path` gets the section's path before it. */
const TARGETS: readonly Directive[] = [
  { path: 'to_stderr', values: SWITCH, default: 'yes', meaning: 'Lines go to standard error.', ...supported },
  { path: 'to_syslog', values: SWITCH, default: 'yes', meaning: 'Lines go to the system log.', ...supported },
  { path: 'to_logfile', values: SWITCH, default: 'no', meaning: 'Lines go to the file `logfile` names.', ...supported },
  {
    path: 'to_file',
    values: SWITCH,
    default: 'no',
    meaning: 'The old name of `to_logfile`, which wins over it.',
    replacedBy: 'to_logfile',
    ...supported,
  },
  {
    path: 'logfile',
    default: 'none',
    meaning:
      'Path of the log file; it must be writable at the start. After a rotation, SIGHUP or `corosync-cfgtool -L` opens it anew.',
    ...supported,
  },
  {
    path: 'logfile_priority',
    values: PRIORITIES,
    anyCase: true,
    default: 'info',
    meaning: 'Least severe lines that go to the log file and to standard error; without effect while debug is on.',
    ...supported,
  },
  {
    path: 'syslog_priority',
    values: PRIORITIES,
    anyCase: true,
    default: 'info',
    meaning: 'Least severe lines that go to the system log; without effect while debug is on.',
    ...supported,
  },
  {
    path: 'syslog_level',
    values: PRIORITIES,
    anyCase: true,
    default: 'info',
    meaning: 'The old name of `syslog_priority`, which wins over it.',
    replacedBy: 'syslog_priority',
    ...supported,
  },
  {
    path: 'syslog_facility',
    values: FACILITIES,
    default: 'daemon',
    meaning: 'Facility of lines in the system log.',
    ...supported,
  },
  {
    path: 'debug',
    values: ['on', 'off', 'trace'],
    default: 'off',
    meaning: 'on logs debug lines to every target, trace everything; both are far too much for a busy cluster.',
    ...supported,
  },
];

function under(section: string, directives: readonly Directive[]): Directive[] {
  return directives.map((directive) => ({ ...directive, path: `${section}.${directive.path}` }));
}

/** The `logging` section; `logger_subsys` sections are stored as `logging.logger_subsys.NAME.KEY`. */
export const LOGGING_DIRECTIVES: readonly Directive[] = [
  {
    path: 'logging.timestamp',
    values: ['on', 'off', 'hires'],
    default: 'hires',
    meaning: 'Time before each line: none, seconds or milliseconds. Not in the system log, which has its own.',
    ...supported,
  },
  {
    path: 'logging.fileline',
    values: ON_OFF,
    type: 'str',
    default: 'off',
    meaning: 'Source file and line in each line.',
    status: 'ignored',
    note: 'Lines of Chorale do not carry their place in the source.',
    harmless: ['off'],
  },
  {
    path: 'logging.function_name',
    values: ON_OFF,
    type: 'str',
    default: 'off',
    meaning: 'Name of the function in each line.',
    status: 'ignored',
    note: 'Lines of Chorale do not carry their place in the source.',
    harmless: ['off'],
  },
  {
    path: 'logging.blackbox',
    values: ON_OFF,
    type: 'str',
    default: 'on',
    meaning: 'The last log lines, debug lines included, are kept in memory for `chorale blackbox`.',
    status: 'supported',
  },
  ...under('logging', TARGETS),
  {
    path: 'logging.logger_subsys.subsys',
    default: 'none; required',
    meaning: 'The subsystem the section is about: MAIN, TOTEM, SYNC, CPG, CFG, CMAP, QUORUM, VOTEQ ... or a plugin.',
    ...supported,
  },
  ...under(
    'logging.logger_subsys',
    TARGETS.map((directive) => ({
      ...directive,
      default: directive.path.endsWith('debug') ? 'off, also if debug is on in `logging`' : 'as in `logging`',
    })),
  ),
  {
    path: 'logging.logging_daemon.name',
    default: 'none; required',
    meaning: 'The daemon the section is about: `corosync` stands for this one, others read theirs from cmap.',
    ...supported,
  },
  {
    path: 'logging.logging_daemon.subsys',
    default: 'none',
    meaning: 'The subsystem of that daemon.',
    ...supported,
  },
];
