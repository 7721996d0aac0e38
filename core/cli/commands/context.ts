import { CsError, CsErrorCode } from '../../base/errors.js';
import { ControlClient } from '../../ipc/control-client.js';
import { socketPath } from '../../ipc/socket-path.js';
import { CommandExit } from './exit-codes.js';

/** Which daemon a command is for. */
export interface DaemonChoice {
  /** Path of its socket; wins over `instance`. */
  readonly socket?: string;
  readonly instance?: string;
}

/** Where a command writes. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** A command ended badly in a way that is said already, or is said by `message`. */
export class CommandError extends Error {
  override name = 'CommandError';
  constructor(
    readonly exitCode: number,
    message: string,
  ) {
    super(message);
  }
}

export function socketOf(choice: DaemonChoice): string {
  return choice.socket ?? socketPath(choice.instance === undefined ? undefined : `choraled-${choice.instance}`);
}

/** Connects to the daemon, does `work`, and disconnects. Rejects with a CommandError. */
export async function withControl<T>(choice: DaemonChoice, work: (control: ControlClient) => Promise<T>): Promise<T> {
  let control: ControlClient | undefined;
  try {
    control = await ControlClient.connect({ path: socketOf(choice) });
    return await work(control);
  } catch (error) {
    throw explained(error, choice, control !== undefined);
  } finally {
    control?.close();
  }
}

/** What went wrong, for a person who may not know that there is a daemon. */
export function explained(error: unknown, choice: DaemonChoice, connected: boolean): unknown {
  if (!(error instanceof CsError)) return error;
  if (connected) return new CommandError(CommandExit.FAILED, withoutCode(error));
  switch (error.code) {
    case CsErrorCode.ERR_LIBRARY:
      return new CommandError(
        CommandExit.NO_DAEMON,
        `no daemon listens at ${socketOf(choice)}. Start it with "choraled" (or "systemctl start choraled"); ` +
          'name another one with --instance NAME or --socket PATH; or see it at work first: "chorale demo"',
      );
    case CsErrorCode.ERR_ACCESS:
    case CsErrorCode.ERR_TIMEOUT:
      return new CommandError(CommandExit.NO_DAEMON, withoutCode(error));
    default:
      return new CommandError(CommandExit.FAILED, withoutCode(error));
  }
}

/** The sentence without the name of the code, which only programs need. */
function withoutCode(error: CsError): string {
  return error.message.replace(/^CS_\w+: /, '');
}
