#!/usr/bin/env node
import { CommanderError } from 'commander';
import { CommandError } from './commands/context.js';
import { CommandExit } from './commands/exit-codes.js';
import { choraleProgram } from './commands/program.js';
import { styleFor } from './commands/style.js';
import { messageOf } from '../host/errors.js';

const { stdout, stderr, stdin } = process;
const program = choraleProgram(
  {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    write: (text) => void stdout.write(text),
    style: styleFor(stdout),
    stdin,
    ...(stdout.isTTY ? { terminal: stdout } : {}),
    untilInterrupted,
    demo: async (options) => (await import('./demo/demo.js')).runDemo(options),
  },
  (exitCode) => (process.exitCode = exitCode),
);
// A reader that has had enough (chorale ... | head) is no error.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(CommandExit.OK);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = endWith(error);
}

/** For commands that run until Ctrl-C: the first asks them to end, the second does not ask. */
function untilInterrupted(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => (stop.signal.aborted ? process.exit(CommandExit.FAILED) : stop.abort()));
  }
  return stop.signal;
}

/** Says what went wrong, for a program if it asked so, and gives the exit code. */
function endWith(error: unknown): number {
  // Commander has printed its own already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? CommandExit.OK : CommandExit.USAGE;
  const message = messageOf(error);
  const exitCode = error instanceof CommandError ? error.exitCode : CommandExit.FAILED;
  const code = error instanceof CommandError ? error.code : undefined;
  const json = process.argv.includes('--json');
  stderr.write(json ? `${JSON.stringify({ error: { exitCode, code, message } })}\n` : `chorale: ${message}\n`);
  return exitCode;
}
