import { formatRingId } from '../../totem/ring.js';
import type { Configuration } from '../../totem/ring.js';
import { SEVERITIES } from '../../base/logger.js';
import { RecordingError, readRecording } from '../../host/recorder/recording.js';
import type { Recording } from '../../host/recorder/recording.js';
import type { ReplayOutcome } from '../../host/recorder/replay.js';
import { formatLine, formatTime } from '../../log/line.js';
import { plainJson } from '../daemon/state-dump.js';
import { recordedLog } from '../replay/recorded-log.js';
import { ReplayedDaemon } from '../replay/replayed-daemon.js';
import { packageVersion } from '../version.js';
import { CommandError } from './context.js';
import type { Output } from './context.js';
import { CommandExit } from './exit-codes.js';

export interface ReplayOptions {
  readonly json?: true;
  readonly verify?: true;
  readonly plugins?: true;
  /** Seconds after the beginning, or a time of day with its date. */
  readonly until?: string;
}

/**
 * Replays a recording: prints the node's log, its membership changes, and its state at the end. Rejects with a
 * CommandError if it cannot be replayed or, with `verify`, went another way.
 */
export async function replay(file: string, options: ReplayOptions, output: Output): Promise<void> {
  try {
    const recording = readRecording(file);
    const outcome = await run(recording, options, output);
    if (outcome.difference !== undefined) {
      const { timeUs, kind, text } = outcome.difference;
      throw new CommandError(
        CommandExit.FAILED,
        `the replay differs from the recording at ${(timeUs / 1e6).toFixed(6)} s, in ${kind}: ${text}`,
      );
    }
  } catch (error) {
    if (error instanceof RecordingError) throw new CommandError(CommandExit.FAILED, error.message);
    throw error;
  }
}

async function run(recording: Recording, options: ReplayOptions, output: Output): Promise<ReplayOutcome> {
  const untilUs = options.until === undefined ? undefined : readUntil(options.until, recording.header.startedMs);
  const report = options.json === true ? new JsonReport(output) : new TextReport(output);
  report.begins(recording);
  const daemon: ReplayedDaemon = await ReplayedDaemon.create(recording, {
    verify: options.verify === true,
    plugins: options.plugins === true,
    loggerOf: ({ config, replay: running }) => {
      let current = (): typeof config => config;
      queueMicrotask(() => (current = () => daemon.config));
      return recordedLog(
        () => current().logging,
        (rank, subsystem, text) => report.logged(running.timeMs, rank, subsystem, text),
      );
    },
    configured: (configuration) => report.configured(daemon.replay.timeMs, configuration),
  });
  const outcome = await daemon.replay.run(untilUs);
  report.ends(recording, outcome, daemon.replay.timeMs, daemon.replay.node.dump(), options.verify === true);
  return outcome;
}

/** Microseconds after the beginning. */
function readUntil(text: string, startedMs: number): number {
  const seconds = Number(text);
  if (text.trim() !== '' && seconds >= 0) return seconds * 1e6;
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return (time - startedMs) * 1000;
  throw new CommandError(
    CommandExit.USAGE,
    `--until ${text}: give seconds after the beginning (12.5) or a date with a time (2026-01-31T12:00:00)`,
  );
}

/** Where the node's log, changes and state go. */
interface Report {
  begins(recording: Recording): void;
  logged(timeMs: number, rank: number, subsystem: string, text: string): void;
  configured(timeMs: number, configuration: Configuration): void;
  ends(recording: Recording, outcome: ReplayOutcome, timeMs: number, dump: unknown, verified: boolean): void;
}

class TextReport implements Report {
  constructor(private readonly output: Output) {}

  begins({ header, durationUs, stop }: Recording): void {
    const from = formatTime(header.startedMs, 'hires');
    this.output.out(
      `-- node ${header.options.nodeId}, from ${from}, ${(durationUs / 1e6).toFixed(3)} s; ${HOW_IT_ENDED[stop]}`,
    );
    if (header.version !== packageVersion()) {
      this.output.err(`warning: Chorale ${header.version} recorded this, and ${packageVersion()} may do otherwise`);
    }
  }

  logged(timeMs: number, rank: number, subsystem: string, text: string): void {
    const line = { timeMs, rank, subsystem, text, facility: 0 };
    this.output.out(formatLine(line, 'stderr', 'hires', { program: 'choraled', hostname: '', pid: 0 }));
  }

  configured(timeMs: number, { kind, ringId, members, joined, left }: Configuration): void {
    const changes = [
      ...(joined.length > 0 ? [`joined ${joined.join(' ')}`] : []),
      ...(left.length > 0 ? [`left ${left.join(' ')}`] : []),
    ];
    const text = [`${kind} configuration ${formatRingId(ringId)}: nodes ${members.join(' ')}`, ...changes].join(', ');
    this.output.out(`${formatTime(timeMs, 'hires')} -- ${text}`);
  }

  ends(_recording: Recording, outcome: ReplayOutcome, timeMs: number, dump: unknown, verified: boolean): void {
    this.output.out(`${formatTime(timeMs, 'hires')} -- the state:`);
    this.output.out(plainJson(dump, 2));
    if (outcome.difference !== undefined) return;
    const equal = verified ? `; outputs equal at all of ${outcome.compared} comparisons` : '';
    this.output.out(`-- replayed ${outcome.inputs} inputs, ${(outcome.timeUs / 1e6).toFixed(3)} s${equal}`);
  }
}

class JsonReport implements Report {
  constructor(private readonly output: Output) {}

  begins({ header, durationUs, inputs, stop }: Recording): void {
    const { version, startedMs, options } = header;
    const seconds = durationUs / 1e6;
    this.write({ kind: 'recording', nodeId: options.nodeId, version, timeMs: startedMs, seconds, inputs, stop });
  }

  logged(timeMs: number, rank: number, subsystem: string, text: string): void {
    this.write({ kind: 'log', timeMs, severity: SEVERITIES[rank]!, subsystem, text });
  }

  configured(timeMs: number, { kind: type, ringId, members, joined, left }: Configuration): void {
    this.write({ kind: 'configuration', timeMs, type, ringId: formatRingId(ringId), members, joined, left });
  }

  ends({ stop }: Recording, outcome: ReplayOutcome, timeMs: number, dump: unknown, verified: boolean): void {
    this.write({ kind: 'state', timeMs, dump });
    this.write({ kind: 'end', timeMs, stop, verified, ...outcome });
  }

  private write(event: object): void {
    this.output.out(plainJson(event));
  }
}

const HOW_IT_ENDED: Readonly<Record<Recording['stop'], string>> = {
  closed: 'to the end of the daemon',
  full: 'until the file had all the bytes it may have',
  behind: 'until the disk did not keep up',
  'write failed': 'until the disk took no more',
  reentered: 'until the recorder lost the thread',
  'cut off': 'cut off: the process or the machine ended without a word',
};
