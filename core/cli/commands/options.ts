import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { plainJson } from '../daemon/state-dump.js';
import type { Output } from './context.js';

/** Of commands that print data or can say what they did. */
export interface JsonOption {
  readonly json?: true;
}

/** Of commands that go on until they are told to end. */
export interface CountOption {
  readonly count?: number;
}

/** Prints data for a program, as one line, or for a person. */
export function show(output: Output, { json }: JsonOption, data: unknown, text: () => string): void {
  if (json) {
    output.out(plainJson(data));
    return;
  }
  const lines = text();
  if (lines !== '') output.out(lines);
}

/** Says what was done. */
export function done(
  output: Output,
  json: JsonOption,
  text: string,
  more: Readonly<Record<string, unknown>> = {},
): void {
  show(output, json, { done: true, text, ...more }, () => text);
}

/** The option `--json`. */
export function withJson(command: Command, what = 'as JSON, on one line'): Command {
  return command.option('--json', what);
}

/** The option `-n`. */
export function countOption(what: string): Option {
  return new Option('-n, --count <number>', what).argParser(positive);
}

export function positive(text: string): number {
  return whole(text, 1, 'It has to be a whole number above 0.');
}

/** A number of votes. */
export function votes(text: string): number {
  return whole(text, 0, 'It has to be a whole number, 0 or more.');
}

/** Seconds; fractions are allowed. */
export function seconds(text: string): number {
  const number = Number(text);
  if (!(number > 0) || number > 86_400) throw new InvalidArgumentError('It has to be a number of seconds above 0.');
  return number;
}

function whole(text: string, least: number, problem: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > 0xffff_ffff) throw new InvalidArgumentError(problem);
  return number;
}
