import type { Directive } from './directives/index.js';
import type { Origin, ProblemStage, Report } from './errors.js';
import type { CmapEntry, CmapType } from './model.js';

const RANGES: Record<Exclude<CmapType, 'str'>, readonly [bigint, bigint]> = {
  u8: [0n, 255n],
  u16: [0n, 65535n],
  u32: [0n, 4294967295n],
  u64: [0n, 18446744073709551615n],
  i32: [-2147483648n, 2147483647n],
};

/** What messages show in place of a secret. */
export const HIDDEN = '(not shown)';

/** A whole decimal number as strtoll takes it, or undefined. */
export function parseInteger(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]{1,30}$/.test(text)) return undefined;
  return BigInt(text.replace(/^\+/, ''));
}

/** A key as the file has it. */
export interface RawKey {
  readonly origin: Origin;
  /** Path as the directives have it. */
  readonly key: string;
  readonly value: string;
}

/**
 * Reads one value as its directive says and checks it. Undefined if it may not be used: then the report says why.
 * @param path where cmap keeps it
 */
export function readValue(directive: Directive, raw: RawKey, path: string, report: Report): CmapEntry | undefined {
  const entry =
    directive.type === 'str' ? readWord(directive, raw, path, report) : readNumber(directive, raw, path, report);
  if (entry === undefined) return undefined;
  return isRefused(directive, directive.secret === true ? { ...raw, value: HIDDEN } : raw, report) ? undefined : entry;
}

function readNumber(directive: Directive, raw: RawKey, path: string, report: Report): CmapEntry | undefined {
  const type = directive.type as Exclude<CmapType, 'str'>;
  const [typeMin, typeMax] = RANGES[type];
  const min = directive.min === undefined ? typeMin : BigInt(directive.min);
  const max = directive.max === undefined ? typeMax : BigInt(directive.max);
  const value = parseInteger(raw.value);
  const isDefault = value === 0n && directive.zeroIsDefault === true;
  if (value === undefined || (!isDefault && (value < min || value > max))) {
    const zero = directive.zeroIsDefault === true && min > 0n ? ', or 0 for the default' : '';
    const range = min === max ? `${min}` : `a whole number from ${min} to ${max}${zero}`;
    // The parser of Corosync checks what the type holds, and the ring what it can use, which is later.
    const parsed = value !== undefined && value >= typeMin && value <= typeMax;
    report.problem(parsed ? 'totem' : 'parse', raw, `must be ${range}`);
    return undefined;
  }
  return type === 'u64' ? { path, type, value } : { path, type, value: Number(value) };
}

function readWord(directive: Directive, raw: RawKey, path: string, report: Report): CmapEntry | undefined {
  const value = directive.anyCase === true ? raw.value.toLowerCase() : raw.value;
  if (directive.values !== undefined && !directive.values.includes(value)) {
    const words = oneOf(directive.values);
    if (directive.lenient !== true) {
      report.problem(stageOf(directive), raw, `must be ${words}`);
      return undefined;
    }
    report.warn(raw, `is taken as the default, ${directive.default}; it should be ${words}`);
  }
  return { path, type: 'str', value: raw.value };
}

function isRefused(directive: Directive, raw: RawKey, report: Report): boolean {
  const harmless = directive.harmless?.includes(raw.value) === true;
  const reason =
    directive.refusedValues?.[raw.value] ?? (directive.status === 'refused' && !harmless ? directive.note : undefined);
  if (reason !== undefined) {
    report.problem(directive.path === 'quorum.provider' ? 'quorum' : 'totem', raw, reason);
    return true;
  }
  if (directive.status === 'ignored' && !harmless) report.warn(raw, `is ignored. ${directive.note ?? ''}`.trimEnd());
  if (directive.replacedBy !== undefined) report.warn(raw, `is an old name; write "${directive.replacedBy}"`);
  return false;
}

/** Words that Corosync's parser takes as they are, and the ring refuses. */
const CHECKED_LATE = new Set(['totem.transport', 'totem.link_mode', 'totem.interface.knet_transport']);

/** The part of reading in which Corosync finds a wrong word. */
function stageOf(directive: Directive): ProblemStage {
  if (directive.path.startsWith('logging.')) return 'logging';
  if (directive.path === 'quorum.provider') return 'quorum';
  return CHECKED_LATE.has(directive.path) ? 'totem' : 'parse';
}

/** `a, b or c` */
export function oneOf(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} or ${words[words.length - 1]!}`;
}
