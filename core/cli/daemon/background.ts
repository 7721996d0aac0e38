import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { messageOf } from '../../host/errors.js';
import { DaemonExit } from './exit-codes.js';
import { BACKGROUND_FLAG } from './options.js';
import { reportToStderr } from './start-report.js';
import type { StartMessage } from './start-report.js';

const FORWARDED: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'];

/**
 * Starts the daemon in the background: a process in a session of its own, with its standard streams on /dev/null. Resolves
 * to this process's exit code: 0 when the daemon has started, otherwise the daemon's own, its error printed.
 * @param args the arguments of this process
 */
export async function startInBackground(args: readonly string[]): Promise<number> {
  let nothing: number;
  try {
    nothing = openSync('/dev/null', 'r+');
  } catch (error) {
    await reportToStderr.failed(DaemonExit.STANDARD_STREAMS, `/dev/null cannot be opened: ${messageOf(error)}`);
    return DaemonExit.STANDARD_STREAMS;
  }
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...args, '-f', BACKGROUND_FLAG], {
    detached: true,
    stdio: [nothing, nothing, nothing, 'ipc'],
  });
  closeSync(nothing);
  const message = await answerOf(child);
  if (message.kind === 'started') {
    child.disconnect();
    child.unref();
    return DaemonExit.OK;
  }
  // Whoever starts it again at once finds nothing of it.
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) await once(child, 'exit');
  await reportToStderr.failed(message.exitCode, message.text);
  return message.exitCode;
}

/** The first thing the process says, or how it ended without a word. */
function answerOf(child: ChildProcess): Promise<StartMessage> {
  return new Promise((resolve) => {
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
    const settle = (message: StartMessage): void => {
      for (const signal of FORWARDED) process.off(signal, forward);
      resolve(message);
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    child.on('message', (message) => settle(message as StartMessage));
    child.on('error', (error) => {
      settle({ kind: 'failed', exitCode: DaemonExit.FORK, text: `the daemon cannot be started: ${error.message}` });
    });
    child.on('exit', (code, signal) => {
      const text = `the daemon ended before it had started (${signal ?? `exit code ${code}`}); see its log`;
      const silent: StartMessage = { kind: 'failed', exitCode: code || DaemonExit.FORK, text };
      // What it said last may still be in the channel.
      if (child.connected) child.once('disconnect', () => settle(silent));
      else settle(silent);
    });
  });
}
