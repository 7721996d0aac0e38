import { Option } from 'commander';
import { SEVERITIES } from '../../base/logger.js';
import type { Severity } from '../../base/logger.js';
import { ControlClient } from '../../ipc/control-client.js';
import type { LogRecord } from '../../ipc/overview.js';
import { formatLine, rankOf } from '../../log/line.js';
import { messageOf } from '../../host/errors.js';
import { plainJson } from '../daemon/state-dump.js';
import { readRecords } from '../overview/record-file.js';
import { CommandError, followService, withControl } from './context.js';
import { CommandExit } from './exit-codes.js';
import { positive, withJson } from './options.js';
import type { JsonOption } from './options.js';
import type { CommandFamily, Surroundings } from './surroundings.js';
import { pause } from './top/top.js';

interface BlackboxOptions extends JsonOption {
  readonly lines?: number;
  readonly severity?: Severity;
  readonly subsystem?: string;
  readonly file?: string;
  readonly follow?: true;
}

/** How often a daemon is asked for new records. */
const FOLLOW_MS = 500;

/** `chorale blackbox`: what corosync-blackbox does. */
export const blackboxFamily: CommandFamily = (program, { here, daemon }) => {
  withJson(
    program
      .command('blackbox')
      .summary("the daemon's last log lines, debug lines included")
      .description(
        'Prints the last lines of the log, debug lines included, that the daemon keeps in memory whatever its log files take ' +
          '(up to 4096; "logging { blackbox: off }" keeps none). A daemon that fails writes them to the file "blackbox" in its ' +
          'state directory: read that with --file. What a node was told, to the last frame, is in its flight recorder: see ' +
          '"chorale replay".',
      )
      .addOption(new Option('-n, --lines <number>', 'only so many, the newest').argParser(positive))
      .addOption(new Option('--severity <severity>', 'only lines this severe and more').choices(SEVERITIES))
      .option('--subsystem <name>', 'only lines of this subsystem, as TOTEM')
      .addOption(new Option('--file <file>', 'read what a daemon wrote when it failed').conflicts('follow'))
      .option('-f, --follow', 'go on with new lines until Ctrl-C'),
    'one JSON object a line of the log',
  ).action(async (options: BlackboxOptions) => {
    const printer = new Printer(options, here);
    if (options.file !== undefined) {
      printer.printLast(recordsIn(options.file));
      return;
    }
    if (!options.follow) {
      printer.printLast(await withControl(daemon(), (control) => readFrom(control, 0)));
      return;
    }
    const stop = here.untilInterrupted();
    await followService(
      daemon(),
      (where) => ControlClient.connect(where),
      async (control) => {
        const first = await readFrom(control, 0);
        printer.printLast(first);
        for (let last = first.at(-1)?.number ?? 0; ;) {
          await pause(FOLLOW_MS, stop);
          if (stop.aborted) return;
          const records = await readFrom(control, last);
          printer.print(records);
          last = records.at(-1)?.number ?? last;
        }
      },
    );
  });
};

/** All records after one. */
async function readFrom(control: ControlClient, after: number): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (let last = after; ;) {
    const page = await control.log(last);
    if (!page.kept) {
      const text = 'the daemon keeps no log lines: set "logging { blackbox: on }" in its configuration and reload';
      throw new CommandError(CommandExit.FAILED, text);
    }
    records.push(...page.records);
    if (!page.more) return records;
    last = records.at(-1)!.number;
  }
}

function recordsIn(file: string): LogRecord[] {
  try {
    return readRecords(file);
  } catch (error) {
    const hint = 'it is called "blackbox", in the state directory of a daemon that failed';
    throw new CommandError(CommandExit.FAILED, `the log lines cannot be read: ${messageOf(error)}; ${hint}`);
  }
}

class Printer {
  constructor(
    private readonly options: BlackboxOptions,
    private readonly here: Surroundings,
  ) {}

  /** The last of them, as many as asked for. */
  printLast(records: readonly LogRecord[]): void {
    const wanted = records.filter((record) => this.isWanted(record));
    this.write(this.options.lines === undefined ? wanted : wanted.slice(-this.options.lines));
  }

  print(records: readonly LogRecord[]): void {
    this.write(records.filter((record) => this.isWanted(record)));
  }

  private isWanted({ severity, subsystem }: LogRecord): boolean {
    const { severity: least, subsystem: only } = this.options;
    return (
      (least === undefined || rankOf(severity as Severity) <= rankOf(least)) &&
      (only === undefined || subsystem.toLowerCase() === only.toLowerCase())
    );
  }

  private write(records: readonly LogRecord[]): void {
    for (const record of records) this.here.out(this.options.json ? plainJson(record) : this.text(record));
  }

  private text({ timeMs, severity, subsystem, text }: LogRecord): string {
    const rank = rankOf(severity as Severity);
    const line = { timeMs, rank, subsystem, text, facility: 0 };
    const plain = formatLine(line, 'stderr', 'hires', { program: '', hostname: '', pid: 0 });
    const { style } = this.here;
    if (rank <= rankOf('error')) return style.red(plain);
    if (severity === 'warning') return style.yellow(plain);
    return rank >= rankOf('debug') ? style.dim(plain) : plain;
  }
}
