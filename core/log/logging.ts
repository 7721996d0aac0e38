import { ConfigError } from '../config/errors.js';
import { FileSink, StderrSink } from './file-sink.js';
import { formatLine, rankOf } from './line.js';
import { LogTarget } from './log-target.js';
import { RepeatFilter } from './repeat-filter.js';
import { FACILITY_NUMBERS, SyslogSink } from './syslog-sink.js';
import type { Logger, LoggerOf, Severity } from '../base/logger.js';
import type { LoggingConfig, LogTargets } from '../config/model.js';
import type { LineStyle, LogIdentity, LogLine } from './line.js';
import type { RecentLines } from './recent-lines.js';
import type { Sink } from './sink.js';

/** What the log did besides writing lines. */
export interface LogCounters {
  /** Lines a target could not take, over all targets. */
  readonly lost: number;
  /** Why a target takes no lines now; missing while all do. */
  readonly failure?: string;
  /** Lines held back because they repeated others. */
  readonly suppressed: number;
}

/** The log of one daemon. */
export interface Logging {
  readonly loggerOf: LoggerOf;
  readonly counters: LogCounters;
  /**
   * Takes a new configuration at once: the next line is under it.
   * @throws ConfigError if a log file cannot be opened; then everything stays as it was
   */
  reconfigure(logging: LoggingConfig): void;
  /** Opens the log files anew, after they were rotated. */
  reopen(): Promise<void>;
  /** Settles when every line logged so far is written or lost. */
  flush(): Promise<void>;
  /** Flushes and ends; lines logged later are lost. */
  close(): Promise<void>;
}

/** Makes sinks. Tests and embedding give their own. */
export interface SinkFactory {
  stderr(): Sink;
  syslog(): Sink;
  /** @throws the system's error if the file cannot be written */
  file(path: string): Sink;
}

/** Lines this severe and less are never held back for repeating: who turned debug on wants them all. */
const DEBUG_RANK = rankOf('debug');

/**
 * Starts logging as the configuration says.
 * @param recent keeps the last lines, debug lines included, unless `logging.blackbox` is off
 * @throws ConfigError with exit code 7 if a log file cannot be opened
 */
export function createLogging(
  logging: LoggingConfig,
  identity: LogIdentity,
  sinks: SinkFactory = hostSinks(identity),
  recent?: RecentLines,
): Logging {
  return new TargetedLogging(logging, identity, sinks, recent);
}

function hostSinks(identity: LogIdentity): SinkFactory {
  return {
    stderr: () => new StderrSink(),
    syslog: () => new SyslogSink(identity),
    file: (path) => new FileSink(path),
  };
}

/** One target of one subsystem: lines up to this rank go there. */
interface Route {
  readonly target: LogTarget;
  readonly rank: number;
  readonly facility: number;
}

/** Keys of the targets that are not files; a file's key is its path, which begins with a slash. */
const STDERR = 'stderr';
const SYSLOG = 'syslog';

class TargetedLogging implements Logging {
  private targets = new Map<string, LogTarget>();
  private readonly loggers = new Map<string, SubsystemLogger>();
  private readonly repeats = new RepeatFilter((line) => this.loggerOf(line.subsystem).write(line));
  private lostBefore = 0;
  private closed = false;
  /** Targets a reload took away, until their last lines are written. */
  private readonly closing = new Set<Promise<void>>();

  constructor(
    private logging: LoggingConfig,
    private readonly identity: LogIdentity,
    private readonly sinks: SinkFactory,
    private readonly recent: RecentLines | undefined,
  ) {
    this.targets = this.openTargets(logging);
  }

  readonly loggerOf = (subsystem: string): SubsystemLogger => {
    let logger = this.loggers.get(subsystem);
    if (logger === undefined) {
      logger = new SubsystemLogger(subsystem, this.repeats);
      logger.routes = this.closed ? [] : this.routesOf(subsystem);
      logger.recent = this.kept;
      this.loggers.set(subsystem, logger);
    }
    return logger;
  };

  get counters(): LogCounters {
    const lost = [...this.targets.values()].reduce((sum, target) => sum + target.lost, this.lostBefore);
    const failure = [...this.targets.values()].find((target) => target.failure !== undefined)?.failure;
    return { lost, suppressed: this.repeats.suppressed, ...(failure === undefined ? {} : { failure }) };
  }

  reconfigure(logging: LoggingConfig): void {
    const targets = this.openTargets(logging);
    const old = this.targets;
    this.targets = targets;
    this.logging = logging;
    for (const [subsystem, logger] of this.loggers) {
      logger.routes = this.routesOf(subsystem);
      logger.recent = this.kept;
    }
    for (const [key, target] of old) if (targets.get(key) !== target) this.retire(target);
  }

  async reopen(): Promise<void> {
    const results = await Promise.allSettled([...this.targets.values()].map((target) => target.reopen()));
    for (const result of results) {
      if (result.status !== 'rejected') continue;
      const reason = (result.reason as Error).message;
      const text = `a log file could not be reopened, so lines still go to the old one: ${reason}; make it writable`;
      this.loggerOf('MAIN').log('error', text);
    }
  }

  async flush(): Promise<void> {
    this.repeats.report();
    await Promise.all([...[...this.targets.values()].map((target) => target.flush()), ...this.closing]);
  }

  async close(): Promise<void> {
    this.repeats.report();
    this.closed = true;
    for (const logger of this.loggers.values()) logger.routes = [];
    await Promise.all([...[...this.targets.values()].map((target) => target.close()), ...this.closing]);
  }

  private get kept(): RecentLines | undefined {
    return this.logging.blackbox ? this.recent : undefined;
  }

  private retire(target: LogTarget): void {
    const done = target
      .close()
      .catch(() => undefined)
      .finally(() => {
        this.lostBefore += target.lost;
        this.closing.delete(done);
      });
    this.closing.add(done);
  }

  /** The targets a configuration needs; those that are open already are kept, others opened. */
  private openTargets(logging: LoggingConfig): Map<string, LogTarget> {
    const targets = new Map<string, LogTarget>();
    const opened: LogTarget[] = [];
    try {
      for (const key of targetKeys(logging)) {
        const known = this.targets.get(key);
        const target = known ?? this.open(key);
        if (known === undefined) opened.push(target);
        targets.set(key, target);
      }
    } catch (error) {
      for (const target of opened) void target.close();
      throw error;
    }
    return targets;
  }

  private open(key: string): LogTarget {
    const style: LineStyle = key === STDERR || key === SYSLOG ? key : 'file';
    const format = (line: LogLine): string => formatLine(line, style, this.logging.timestamp, this.identity);
    return new LogTarget(this.sink(key), format, (error) => this.failed(key, error));
  }

  private sink(key: string): Sink {
    if (key === STDERR) return this.sinks.stderr();
    if (key === SYSLOG) return this.sinks.syslog();
    try {
      return this.sinks.file(key);
    } catch (error) {
      const text = `the log file cannot be opened: ${(error as Error).message}; make it writable or name another`;
      const origin = { file: key, line: 0 };
      throw new ConfigError([{ origin, stage: 'logging', key: 'logging.logfile', text }]);
    }
  }

  /** A target that fails is reported on the others. */
  private failed(key: string, error: Error): void {
    const text =
      key === SYSLOG ? error.message : `${key} takes no lines: ${error.message}; make room or correct logging`;
    const line = newLine('MAIN', rankOf('warning'), text);
    for (const [other, target] of this.targets) if (other !== key) target.push(line);
  }

  private routesOf(subsystem: string): Route[] {
    const settings = this.logging.subsystems.get(subsystem) ?? this.logging;
    const facility = FACILITY_NUMBERS[settings.syslogFacility] ?? FACILITY_NUMBERS['daemon']!;
    const route = (key: string, priority: Severity): Route[] => {
      const target = this.targets.get(key);
      return target === undefined ? [] : [{ target, rank: effectiveRank(settings, priority), facility }];
    };
    const file = fileOf(settings);
    return [
      ...(settings.toStderr ? route(STDERR, settings.logfilePriority) : []),
      ...(settings.toSyslog ? route(SYSLOG, settings.syslogPriority) : []),
      ...(file === undefined ? [] : route(file, settings.logfilePriority)),
    ];
  }
}

function newLine(subsystem: string, rank: number, text: string): LogLine {
  return { timeMs: Date.now(), rank, subsystem, text, facility: FACILITY_NUMBERS['daemon']! };
}

function effectiveRank(settings: LogTargets, priority: Severity): number {
  if (settings.debug === 'off') return rankOf(priority);
  return rankOf(settings.debug === 'on' ? 'debug' : 'trace');
}

function fileOf(settings: LogTargets): string | undefined {
  return settings.toLogfile ? settings.logfile : undefined;
}

/** Every target that the top level or a subsystem uses. */
function targetKeys(logging: LoggingConfig): Set<string> {
  const keys = new Set<string>();
  for (const settings of [logging, ...logging.subsystems.values()]) {
    if (settings.toStderr) keys.add(STDERR);
    if (settings.toSyslog) keys.add(SYSLOG);
    const file = fileOf(settings);
    if (file !== undefined) keys.add(file);
  }
  return keys;
}

/** The log of one subsystem. */
class SubsystemLogger implements Logger {
  private ways: readonly Route[] = [];
  /** The least severe rank that any target takes or that is kept; -1 if there is none. */
  private leastSevere = -1;
  private keep: RecentLines | undefined;

  constructor(
    private readonly subsystem: string,
    private readonly repeats: RepeatFilter,
  ) {}

  set routes(routes: readonly Route[]) {
    this.ways = routes;
    this.reckon();
  }

  set recent(recent: RecentLines | undefined) {
    this.keep = recent;
    this.reckon();
  }

  private reckon(): void {
    this.leastSevere = Math.max(this.keep ? DEBUG_RANK : -1, ...this.ways.map((route) => route.rank));
  }

  enabled(severity: Severity): boolean {
    return rankOf(severity) <= this.leastSevere;
  }

  log(severity: Severity, text: string): void {
    const rank = rankOf(severity);
    if (rank > this.leastSevere) return;
    const line = newLine(this.subsystem, rank, text);
    if (rank >= DEBUG_RANK || this.repeats.admits(line)) this.write(line);
  }

  /** Puts a line on its way without asking whether it repeats another. */
  write(line: LogLine): void {
    this.keep?.push(line);
    for (const { target, rank, facility } of this.ways) {
      if (line.rank <= rank) target.push(line.facility === facility ? line : { ...line, facility });
    }
  }
}
