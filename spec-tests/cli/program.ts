import type { Command } from 'commander';
import { choraleProgram } from '../../core/cli/commands/program.js';
import { plainStyle } from '../../core/cli/commands/style.js';

/** The command line in this process, and what it wrote. */
export interface TestProgram {
  readonly program: Command;
  readonly out: string[];
  readonly err: string[];
  /** As `finish` was told. */
  readonly exitCodes: number[];
  /** Runs it once. */
  run(...args: string[]): Promise<void>;
}

/** `chorale` without a process: nothing is asked of a terminal, and what it writes is kept. */
export function testProgram(): TestProgram {
  const out: string[] = [];
  const err: string[] = [];
  const exitCodes: number[] = [];
  const program = choraleProgram(
    {
      out: (text) => void out.push(...text.split('\n')),
      err: (text) => void err.push(...text.split('\n')),
      write: (text) => void out.push(text),
      style: plainStyle,
      stdin: process.stdin,
      untilInterrupted: () => new AbortController().signal,
      demo: () => Promise.resolve(true),
    },
    (exitCode) => void exitCodes.push(exitCode),
  );
  return {
    program,
    out,
    err,
    exitCodes,
    run: async (...args) => void (await program.parseAsync(args, { from: 'user' })),
  };
}
