import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { CmapInput, CmapTypeName } from '../../../cmap.js';
import { CommandError } from '../context.js';
import { CommandExit } from '../exit-codes.js';

/** Types as a person writes them. */
export const KEY_TYPES = ['i8', 'u8', 'i16', 'u16', 'i32', 'u32', 'i64', 'u64', 'flt', 'dbl', 'str', 'bin'] as const;

/** A value with its type. */
export interface TypedInput {
  readonly type: CmapTypeName;
  readonly value: CmapInput[CmapTypeName];
}

const LONG: Readonly<Record<string, CmapTypeName>> = {
  ...{ flt: 'float', dbl: 'double', str: 'string', bin: 'binary' },
  ...{ float: 'float', double: 'double', string: 'string', binary: 'binary' },
};

/** Reads a value that a person wrote; for `bin` it is the name of a file. Rejects with a CommandError. */
export async function inputOf(typeText: string, text: string, stdin: NodeJS.ReadableStream): Promise<TypedInput> {
  const type = LONG[typeText] ?? typeText;
  if (type !== 'binary') return plainInput(typeText, text);
  try {
    return { type, value: text === '-' ? await buffer(stdin) : await readFile(text) };
  } catch (error) {
    throw usage(
      `the value cannot be read: ${(error as Error).message}. Name a file that holds it, or - for standard input`,
    );
  }
}

/** As `inputOf`, for every type but `bin`. Throws a CommandError. */
export function plainInput(typeText: string, text: string): TypedInput {
  const type = LONG[typeText] ?? typeText;
  if (type === 'string') return { type, value: text };
  if (type === 'float' || type === 'double') {
    const value = Number(text);
    if (text.trim() === '' || Number.isNaN(value)) throw usage(`${text} is no number: write it as 1.5`);
    return { type, value };
  }
  if (type === 'binary') throw usage('binary values cannot stand here: set them with "chorale cmap set KEY bin FILE"');
  const [, sign, bits] = /^([iu])(8|16|32|64)$/.exec(type) ?? [];
  if (sign === undefined) throw usage(`${typeText} is no type: use one of ${KEY_TYPES.join(', ')}`);
  const value = wholeNumber(text);
  const [least, most] = rangeOf(sign === 'i', BigInt(bits!));
  if (value === undefined || value < least || value > most) {
    throw usage(`${text} is no ${type}: give a whole number from ${least} to ${most}`);
  }
  return bits === '64' ? { type: type as 'u64', value } : { type: type as 'u32', value: Number(value) };
}

function wholeNumber(text: string): bigint | undefined {
  if (!/^[+-]?(\d+|0x[0-9a-f]+)$/i.test(text)) return undefined;
  const value = BigInt(text.replace(/^[+-]/, ''));
  return text.startsWith('-') ? -value : value;
}

function rangeOf(signed: boolean, bits: bigint): [least: bigint, most: bigint] {
  return signed ? [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n] : [0n, 2n ** bits - 1n];
}

function usage(text: string): CommandError {
  return new CommandError(CommandExit.USAGE, text);
}
