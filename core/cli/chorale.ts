#!/usr/bin/env node
import { CommanderError } from 'commander';
import { CommandError } from './commands/context.js';
import { CommandExit } from './commands/exit-codes.js';
import { choraleProgram } from './commands/program.js';
import { styleFor } from './commands/style.js';

const program = choraleProgram(
  {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    style: styleFor(process.stdout),
    stdin: process.stdin,
    untilInterrupted,
    demo: async (options) => (await import('./demo/demo.js')).runDemo(options),
  },
  (exitCode) => (process.exitCode = exitCode),
);
// A reader that has had enough (chorale ... | head) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(CommandExit.OK);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

/** For commands that run until Ctrl-C: the first asks them to end, the second does not ask. */
function untilInterrupted(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => (stop.signal.aborted ? process.exit(CommandExit.FAILED) : stop.abort()));
  }
  return stop.signal;
}

function exitCodeOf(error: unknown): number {
  // Commander has printed its own already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? CommandExit.OK : CommandExit.USAGE;
  process.stderr.write(`chorale: ${error instanceof Error ? error.message : String(error)}\n`);
  return error instanceof CommandError ? error.exitCode : CommandExit.FAILED;
}
