import { CsError } from '../../base/errors.js';
import { isNumeric, NUMERIC, numberValue, readNumber, ValueType } from './values.js';
import type { CmapValue, NumericType } from './values.js';

/** What the value of each type is read as. */
export interface CmapTypes {
  readonly i8: number;
  readonly u8: number;
  readonly i16: number;
  readonly u16: number;
  readonly i32: number;
  readonly u32: number;
  readonly i64: bigint;
  readonly u64: bigint;
  readonly float: number;
  readonly double: number;
  readonly string: string;
  readonly binary: Uint8Array;
}

/** What a value of each type is set from: for 64 bits a safe integer will do. */
export interface CmapInput extends Omit<CmapTypes, 'i64' | 'u64'> {
  readonly i64: bigint | number;
  readonly u64: bigint | number;
}

export type CmapTypeName = keyof CmapTypes;

/** A value with its type: comparing `type` tells TypeScript the type of `value`. */
export type CmapEntry = { [T in CmapTypeName]: { readonly type: T; readonly value: CmapTypes[T] } }[CmapTypeName];

const NAMES: readonly (CmapTypeName | undefined)[] = [
  undefined,
  'i8',
  'u8',
  'i16',
  'u16',
  'i32',
  'u32',
  'i64',
  'u64',
  'float',
  'double',
  'string',
  'binary',
];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The name of a type by its number in the protocol; an unknown one is shown as bytes. */
export function typeNameOf(type: number): CmapTypeName {
  return NAMES[type] ?? 'binary';
}

/** The value in the bytes of a message, the reader's to keep; undefined where there is none. */
export function fromWire(type: number, bytes: Uint8Array): CmapEntry | undefined {
  const name = NAMES[type];
  if (name === undefined) return undefined;
  // A counter that the engine itself changed is told without its old value.
  if (bytes.length === 0 && isNumeric(type)) return undefined;
  if (isNumeric(type)) {
    const { size } = NUMERIC[type];
    if (bytes.length < size)
      throw new CsError('ERR_MESSAGE_ERROR', `a value of type ${name} has ${bytes.length} bytes.`);
    return { type: name, value: readNumber({ type, bytes }) } as CmapEntry;
  }
  if (name === 'binary') return { type: name, value: bytes };
  const end = bytes.indexOf(0);
  return { type: 'string', value: decoder.decode(end < 0 ? bytes : bytes.subarray(0, end)) };
}

/** A value as it travels to the service: text without its zero byte. */
export function toWire<T extends CmapTypeName>(name: T, value: CmapInput[T]): CmapValue {
  const type = NAMES.indexOf(name);
  if (type < 0)
    throw new CsError('ERR_INVALID_PARAM', `${name} is no type of a key: use one of ${NAMES.slice(1).join(', ')}.`);
  if (isNumeric(type)) return number(type, name, value as number | bigint);
  if (name === 'binary') return { type: ValueType.BINARY, bytes: value as Uint8Array };
  const bytes = encoder.encode(value as string);
  if (bytes.includes(0)) throw new CsError('ERR_INVALID_PARAM', 'text in the map has no zero bytes: use binary.');
  return { type: ValueType.STRING, bytes };
}

/** What does not fit is refused, not wrapped. */
function number(type: NumericType, name: string, value: number | bigint): CmapValue {
  const isFloat = type === ValueType.FLOAT || type === ValueType.DOUBLE;
  const whole = typeof value === 'bigint' || Number.isSafeInteger(value);
  if (!isFloat && !whole) throw new CsError('ERR_INVALID_PARAM', `${value} is no whole number, ${name} is one.`);
  const written = numberValue(type, value);
  if (!isFloat && BigInt(readNumber(written)) !== BigInt(value)) {
    throw new CsError('ERR_INVALID_PARAM', `${value} does not fit in ${name}.`);
  }
  return written;
}
