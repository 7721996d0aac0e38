import type { Icmap } from './icmap.js';
import { readNumber, textOf, ValueType } from './values.js';

/** A key of the configuration, typed: what the configuration's model lists as its entries. */
export type ConfigurationEntry =
  | { readonly path: string; readonly type: 'u8' | 'u16' | 'u32' | 'i32'; readonly value: number }
  | { readonly path: string; readonly type: 'u64'; readonly value: bigint }
  | { readonly path: string; readonly type: 'str'; readonly value: string };

const TYPES = {
  u8: ValueType.U8,
  u16: ValueType.U16,
  u32: ValueType.U32,
  i32: ValueType.I32,
  u64: ValueType.U64,
} as const;

const READ_ONLY_PREFIXES = [
  'internal_configuration.',
  'runtime.services.',
  'runtime.config.',
  'runtime.totem.',
  'uidgid.config.',
  'system.',
  'nodelist.',
];

const READ_ONLY_KEYS = [
  'totem.crypto_cipher',
  'totem.crypto_hash',
  'totem.crypto_model',
  'totem.keyfile',
  'totem.key',
  'totem.secauth',
  'totem.ip_version',
  'totem.rrp_mode',
  'totem.transport',
  'totem.cluster_name',
  'totem.netmtu',
  'totem.threads',
  'totem.version',
  'totem.nodeid',
  'totem.clear_node_high_bit',
  'config.reload_in_progress',
  'config.totemconfig_reload_in_progress',
];

/** A key as the configuration would have it; undefined if it does not exist or has a type no directive has. */
export function entryOf(map: Icmap, path: string): ConfigurationEntry | undefined {
  const value = map.get(path);
  if (!value) return undefined;
  if (value.type === ValueType.STRING) return { path, type: 'str', value: textOf(value) };
  if (value.type === ValueType.U64) return { path, type: 'u64', value: BigInt(readNumber(value)) };
  for (const type of ['u8', 'u16', 'u32', 'i32'] as const) {
    if (value.type === TYPES[type]) return { path, type, value: Number(readNumber(value)) };
  }
  return undefined;
}

/** Puts the configuration's keys in the map. */
export function setEntries(map: Icmap, entries: Iterable<ConfigurationEntry>): void {
  for (const entry of entries) {
    if (entry.type === 'str') map.setString(entry.path, entry.value);
    else map.setNumber(entry.path, TYPES[entry.type], entry.value);
  }
}

/** What a reload empties of keys that are no longer configured, those set at run time included (Corosync's rule). */
const RELOADED_PREFIXES = ['logging.', 'totem.', 'nodelist.', 'quorum.', 'uidgid.config.', 'nozzle.'];

/** Makes the map's configured keys those of a new configuration; who follows them hears of each change. */
export function replaceEntries(map: Icmap, entries: readonly ConfigurationEntry[]): void {
  const kept = new Set(entries.map(({ path }) => path));
  for (const prefix of RELOADED_PREFIXES) {
    for (const key of [...map.keys(prefix)]) if (!kept.has(key)) map.delete(key);
  }
  setEntries(map, entries);
}

/** Marks what clients may not change. */
export function markReadOnlyKeys(map: Icmap): void {
  for (const prefix of READ_ONLY_PREFIXES) map.markReadOnly(prefix, true);
  for (const key of READ_ONLY_KEYS) map.markReadOnly(key, false);
}
