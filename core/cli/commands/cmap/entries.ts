import type { CmapEntry, CmapTypeName } from '../../../cmap.js';
import { printable } from '../printable.js';

/** Type names as corosync-cmapctl prints them. */
const SHORT: Readonly<Partial<Record<CmapTypeName, string>>> = {
  float: 'flt',
  double: 'dbl',
  string: 'str',
  binary: 'bin',
};

/** The name of a type for people. */
export function typeText(type: CmapTypeName): string {
  return SHORT[type] ?? type;
}

/** `totem.token (u32) = 1000`; a binary value is shown only if asked for. */
export function entryLine(key: string, entry: CmapEntry, binary: boolean): string {
  const head = `${key} (${typeText(entry.type)})`;
  return entry.type === 'binary' && !binary ? head : `${head} = ${valueText(entry, true)}`;
}

/** A value as text; bytes in hexadecimal. */
export function valueText(entry: CmapEntry, binary: boolean): string {
  switch (entry.type) {
    case 'float':
    case 'double':
      return entry.value.toFixed(6);
    case 'binary':
      return binary ? Buffer.from(entry.value).toString('hex') : '';
    case 'string':
      return printable(entry.value);
    default:
      return `${entry.value}`;
  }
}

/** A key for programs: numbers as numbers, those that JSON cannot hold as text, bytes in hexadecimal. */
export function entryJson(key: string, entry: CmapEntry): unknown {
  return { key, type: typeText(entry.type), value: valueJson(entry) };
}

export function valueJson({ value }: CmapEntry): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`;
  return value;
}
