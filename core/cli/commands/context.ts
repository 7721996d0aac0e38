import { CsError, CsErrorCode } from '../../base/errors.js';
import type { ConnectOptions } from '../../ipc/client.js';
import { ControlClient } from '../../ipc/control-client.js';
import { instancePath } from '../../ipc/socket-path.js';
import { CommandExit } from './exit-codes.js';

/** Which daemon a command is for. */
export interface DaemonChoice {
  /** Path of its socket; wins over `instance`. */
  readonly socket?: string;
  readonly instance?: string;
  /** How long it may take to answer, in seconds. */
  readonly timeout?: number;
}

/** Where a command writes: one or more lines, without the last line's end. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** A command ended badly; `message` says how, and what to do. */
export class CommandError extends Error {
  override name = 'CommandError';
  constructor(
    readonly exitCode: number,
    message: string,
    /** The daemon's own error, as CS_ERR_NOT_EXIST; for programs. */
    readonly code?: string,
  ) {
    super(message);
  }
}

const USUAL_TIMEOUT_S = 10;

export function socketOf(choice: DaemonChoice): string {
  return choice.socket ?? instancePath(choice.instance);
}

/** Connects to the daemon, does `work`, and disconnects. Rejects with a CommandError. */
export function withControl<T>(choice: DaemonChoice, work: (control: ControlClient) => Promise<T>): Promise<T> {
  return withService(choice, (where) => ControlClient.connect(where), work);
}

/** A client of a service, as far as every command needs it. */
interface Closing {
  close(): void;
}

/**
 * Connects to a service with `open`, does `work`, and disconnects. Rejects with a CommandError, also when the work takes
 * longer than the person wants to wait: a service asked for what needs the ring waits until one has formed.
 */
export async function withService<C extends Closing, T>(
  choice: DaemonChoice,
  open: (where: ConnectOptions) => Promise<C>,
  work: (client: C) => Promise<T>,
): Promise<T> {
  const timeout = deadline(choice);
  try {
    return await followService(choice, open, (client) => Promise.race([work(client), timeout.passed]));
  } finally {
    timeout.cancel();
  }
}

/** As `withService`, for work that goes on until it is told to end. */
export async function followService<C extends Closing, T>(
  choice: DaemonChoice,
  open: (where: ConnectOptions) => Promise<C>,
  work: (client: C) => Promise<T>,
): Promise<T> {
  let client: C | undefined;
  try {
    client = await open({ path: socketOf(choice), timeoutMs: timeoutOf(choice) });
    return await work(client);
  } catch (error) {
    throw explained(error, choice, client !== undefined);
  } finally {
    client?.close();
  }
}

function timeoutOf({ timeout = USUAL_TIMEOUT_S }: DaemonChoice): number {
  return timeout * 1000;
}

function deadline(choice: DaemonChoice): { readonly passed: Promise<never>; cancel(): void } {
  let timer: NodeJS.Timeout;
  const passed = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const seconds = timeoutOf(choice) / 1000;
      const text =
        `the daemon did not finish this within ${seconds} s, probably because it forms a ring: see "chorale status", ` +
        'and wait longer with --timeout SECONDS';
      reject(new CommandError(CommandExit.FAILED, text, 'CS_ERR_TIMEOUT'));
    }, timeoutOf(choice));
  });
  passed.catch(() => undefined);
  return { passed, cancel: () => clearTimeout(timer) };
}

/** What went wrong, for a person who may not know that there is a daemon. */
export function explained(error: unknown, choice: DaemonChoice, connected: boolean): unknown {
  if (!(error instanceof CsError)) return error;
  const failed = (exitCode: number, text = withoutCode(error)): CommandError =>
    new CommandError(exitCode, text, error.spec);
  if (connected) return failed(CommandExit.FAILED);
  switch (error.code) {
    case CsErrorCode.ERR_LIBRARY:
      return failed(
        CommandExit.NO_DAEMON,
        `no daemon listens at ${socketOf(choice)}. Start it with "choraled" (or "systemctl start choraled"); ` +
          'name another one with --instance NAME or --socket PATH; or see it at work first: "chorale demo"',
      );
    case CsErrorCode.ERR_ACCESS:
    case CsErrorCode.ERR_TIMEOUT:
      return failed(CommandExit.NO_DAEMON);
    default:
      return failed(CommandExit.FAILED);
  }
}

/** The sentence without the name of the code, which only programs need. */
function withoutCode(error: CsError): string {
  return error.message.replace(/^CS_\w+: /, '');
}
