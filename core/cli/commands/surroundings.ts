import type { Command } from 'commander';
import type { DemoOptions } from '../demo/options.js';
import type { DaemonChoice, Output } from './context.js';
import type { Style } from './style.js';

/** A terminal as `chorale top` draws on it. */
export type DrawingTerminal = Pick<NodeJS.WriteStream, 'write' | 'columns' | 'rows' | 'on' | 'off'>;

/** What the commands need of their surroundings. */
export interface Surroundings extends Output {
  readonly style: Style;
  readonly stdin: NodeJS.ReadStream;
  /** The terminal that standard output is; missing when it is a pipe or a file. */
  readonly terminal?: DrawingTerminal;
  /** Bytes to standard output, as they are. */
  write(text: string): void;
  /** Aborted by Ctrl-C, for commands that run until then. */
  untilInterrupted(): AbortSignal;
  /** Runs the demonstration; resolves to whether it came out right. */
  demo(options: DemoOptions): Promise<boolean>;
}

/** Told how a command ended if it was not well. */
export type Finish = (exitCode: number) => void;

/** What a family of commands is made with. */
export interface CommandContext {
  readonly here: Surroundings;
  /** As the options before the command choose it. */
  daemon(): DaemonChoice;
  readonly finish: Finish;
}

/** Adds a family of commands to the program. */
export type CommandFamily = (program: Command, context: CommandContext) => void;
