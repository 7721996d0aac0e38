/** Types of values; the numbers are those of the client protocol and of the ring. */
export const ValueType = {
  I8: 1,
  U8: 2,
  I16: 3,
  U16: 4,
  I32: 5,
  U32: 6,
  I64: 7,
  U64: 8,
  FLOAT: 9,
  DOUBLE: 10,
  STRING: 11,
  BINARY: 12,
} as const;
export type ValueType = (typeof ValueType)[keyof typeof ValueType];
export type NumericType = Exclude<ValueType, 11 | 12>;

/** A value as clients get it: numbers little-endian in their exact size, text as UTF-8 with one zero byte behind it. */
export interface CmapValue {
  readonly type: ValueType;
  readonly bytes: Uint8Array;
}

interface Numeric {
  readonly size: number;
  read(view: DataView): number | bigint;
  /** Wraps what does not fit. */
  write(view: DataView, value: number | bigint): void;
}

/** How each number lies in its bytes. */
export const NUMERIC: Record<NumericType, Numeric> = {
  [ValueType.I8]: { size: 1, read: (v) => v.getInt8(0), write: (v, n) => v.setInt8(0, Number(n)) },
  [ValueType.U8]: { size: 1, read: (v) => v.getUint8(0), write: (v, n) => v.setUint8(0, Number(n)) },
  [ValueType.I16]: { size: 2, read: (v) => v.getInt16(0, true), write: (v, n) => v.setInt16(0, Number(n), true) },
  [ValueType.U16]: { size: 2, read: (v) => v.getUint16(0, true), write: (v, n) => v.setUint16(0, Number(n), true) },
  [ValueType.I32]: { size: 4, read: (v) => v.getInt32(0, true), write: (v, n) => v.setInt32(0, Number(n), true) },
  [ValueType.U32]: { size: 4, read: (v) => v.getUint32(0, true), write: (v, n) => v.setUint32(0, Number(n), true) },
  [ValueType.I64]: { size: 8, read: (v) => v.getBigInt64(0, true), write: (v, n) => v.setBigInt64(0, BigInt(n), true) },
  [ValueType.U64]: {
    size: 8,
    read: (v) => v.getBigUint64(0, true),
    write: (v, n) => v.setBigUint64(0, BigInt(n), true),
  },
  [ValueType.FLOAT]: { size: 4, read: (v) => v.getFloat32(0, true), write: (v, n) => v.setFloat32(0, Number(n), true) },
  [ValueType.DOUBLE]: {
    size: 8,
    read: (v) => v.getFloat64(0, true),
    write: (v, n) => v.setFloat64(0, Number(n), true),
  },
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function isNumeric(type: number): type is NumericType {
  return type >= ValueType.I8 && type <= ValueType.DOUBLE;
}

/** The number in a value of a numeric type. */
export function readNumber({ type, bytes }: CmapValue): number | bigint {
  return NUMERIC[type as NumericType].read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

/** A number as a value. */
export function numberValue(type: NumericType, value: number | bigint): CmapValue {
  const bytes = new Uint8Array(NUMERIC[type].size);
  NUMERIC[type].write(new DataView(bytes.buffer), value);
  return { type, bytes };
}

/** Text as a value. */
export function stringValue(text: string): CmapValue {
  return { type: ValueType.STRING, bytes: encoder.encode(`${text}\0`) };
}

/** The text of a value of type STRING. */
export function textOf({ bytes }: CmapValue): string {
  return decoder.decode(bytes.subarray(0, bytes.length - 1));
}

export function sameValue(a: CmapValue, b: CmapValue): boolean {
  return a.type === b.type && a.bytes.length === b.bytes.length && a.bytes.every((byte, i) => byte === b.bytes[i]);
}

/**
 * The value as it is stored, its bytes copied; undefined if type and bytes do not fit. Text may come with or without its
 * zero byte, but with no other.
 */
export function checkValue({ type, bytes }: CmapValue, limit: number): CmapValue | undefined {
  if (bytes.length > limit) return undefined;
  if (isNumeric(type)) return bytes.length === NUMERIC[type].size ? { type, bytes: bytes.slice() } : undefined;
  if (type === ValueType.BINARY) return { type, bytes: bytes.slice() };
  if (type !== ValueType.STRING) return undefined;
  const zero = bytes.indexOf(0);
  if (zero >= 0 && zero < bytes.length - 1) return undefined;
  const length = zero < 0 ? bytes.length : zero;
  const stored = new Uint8Array(length + 1);
  stored.set(bytes.subarray(0, length));
  return { type, bytes: stored };
}
