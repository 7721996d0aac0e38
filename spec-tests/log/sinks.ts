import type { LoggingConfig, LogTargets } from '../../core/config/model.js';
import type { SinkFactory } from '../../core/log/logging.js';
import type { Sink } from '../../core/log/sink.js';

/** A sink in memory, which a test can stop and make fail. */
export class MemorySink implements Sink {
  readonly lines: string[] = [];
  closed = false;
  reopened = 0;
  failure: Error | undefined;
  private gate: Promise<void> | undefined;
  private openGate: () => void = () => undefined;

  /** Writes do not settle until `release`. */
  hold(): void {
    this.gate = new Promise((resolve) => (this.openGate = resolve));
  }

  release(): void {
    this.gate = undefined;
    this.openGate();
  }

  async write(lines: readonly string[]): Promise<void> {
    await this.gate;
    if (this.failure !== undefined) throw this.failure;
    this.lines.push(...lines);
  }

  reopen(): Promise<void> {
    this.reopened++;
    return this.failure === undefined ? Promise.resolve() : Promise.reject(this.failure);
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

/** Sinks in memory for every target. */
export class MemorySinks implements SinkFactory {
  readonly err = new MemorySink();
  readonly sys = new MemorySink();
  readonly files = new Map<string, MemorySink>();
  /** Files that cannot be opened. */
  readonly unwritable = new Set<string>();

  stderr(): Sink {
    return this.err;
  }

  syslog(): Sink {
    return this.sys;
  }

  file(path: string): Sink {
    if (this.unwritable.has(path)) throw new Error(`EACCES: permission denied, open '${path}'`);
    const sink = new MemorySink();
    this.files.set(path, sink);
    return sink;
  }
}

const TARGETS: LogTargets = {
  toStderr: true,
  toSyslog: false,
  toLogfile: false,
  logfilePriority: 'info',
  syslogPriority: 'info',
  syslogFacility: 'daemon',
  debug: 'off',
};

/** A logging section: standard error only, unless the test says otherwise. */
export function logging(
  settings: Partial<LoggingConfig> = {},
  subsystems: Readonly<Record<string, Partial<LogTargets>>> = {},
): LoggingConfig {
  const top = { ...TARGETS, ...settings };
  return {
    ...top,
    timestamp: settings.timestamp ?? 'off',
    fileline: false,
    functionName: false,
    blackbox: settings.blackbox ?? true,
    subsystems: new Map(Object.entries(subsystems).map(([name, own]) => [name, { ...top, ...own }])),
  };
}

export const IDENTITY = { program: 'choraled', hostname: 'n1', pid: 1234 };
