import { findDirective, FREE_SECTIONS, nearestDirective } from './directives/index.js';
import { joinPath } from './directive-tree.js';
import { ConfigStore, isCmapKey } from './store.js';
import { HIDDEN, parseInteger, readValue } from './values.js';
import type { Assignment, Section } from './directive-tree.js';
import type { Origin, Report } from './errors.js';
import type { CmapEntry } from './model.js';

/** A user or group the file names, still as written. */
export interface NamedId {
  readonly kind: 'uid' | 'gid';
  readonly value: string;
  readonly origin: Origin;
}

/** A `service` section. */
export interface ServiceSection {
  readonly name: string;
  readonly version: number;
  readonly origin: Origin;
}

/** What a tree of directives holds, checked key by key; what depends on several keys is still to be checked. */
export interface Collected {
  readonly store: ConfigStore;
  /** Where each node section starts, by position. */
  readonly nodes: readonly Origin[];
  readonly namedIds: readonly NamedId[];
  readonly services: readonly ServiceSection[];
}

/** Keys of an interface section that belong to its link; others are stored without a link number, as Corosync does. */
const LINK_KEYS = new Set([
  ...['bindnetaddr', 'mcastaddr', 'broadcast', 'mcastport', 'ttl'],
  ...['knet_link_priority', 'knet_ping_interval', 'knet_ping_timeout', 'knet_ping_precision', 'knet_pong_count'],
  'knet_transport',
]);

/** Mistyped names are few; a file of nothing else is not worth the search. */
const MAX_GUESSES = 100;

/** Reads a tree of directives, whatever format it came from, into typed keys under their cmap paths. */
export function collect(root: Section, report: Report): Collected {
  const collector = new Collector(report);
  collector.section(root, '');
  return collector;
}

/** Reads a file of uidgid.d, which may hold `uidgid` sections only. */
export function collectUidGid(root: Section, report: Report): readonly NamedId[] {
  const collector = new Collector(report);
  for (const item of root.items) {
    if (item.kind === 'section' && item.name === 'uidgid') {
      collector.section(item, 'uidgid');
      continue;
    }
    const key = item.kind === 'section' ? item.name : item.key;
    report.problem(
      'parse',
      { origin: item.origin, key },
      'a file of uidgid.d may hold "uidgid" sections only; move it',
    );
  }
  return collector.namedIds;
}

class Collector implements Collected {
  readonly store = new ConfigStore();
  readonly nodes: Origin[] = [];
  readonly namedIds: NamedId[] = [];
  readonly services: ServiceSection[] = [];
  /** Where the nodelist begins, once there was one. */
  private nodelist: Origin | undefined;
  /** How often a name was searched for one that is like it. */
  private guesses = 0;

  constructor(private readonly report: Report) {}

  /** Sections that need more than their path go to a method of their own. */
  section(section: Section, path: string): void {
    switch (path) {
      case 'totem.interface':
        return this.interfaceSection(section);
      case 'nodelist':
        return this.nodelistSection(section);
      case 'logging.logger_subsys':
        return this.subsystemSection(section);
      case 'logging.logging_daemon':
        return this.daemonSection(section);
      case 'uidgid':
        return this.uidGidSection(section);
      case 'service':
        return this.serviceSection(section);
      default:
        return this.generic(section, path, path);
    }
  }

  /** Stores every key of a section: `path` is its place among the directives, `storage` its place in cmap. */
  private generic(section: Section, path: string, storage: string): void {
    for (const item of section.items) {
      if (item.kind === 'assignment') this.key(item, joinPath(path, item.key), joinPath(storage, item.key));
      else if (storage === path) this.section(item, joinPath(path, item.name));
      else this.generic(item, joinPath(path, item.name), joinPath(storage, item.name));
    }
  }

  private key(item: Assignment, path: string, storage: string): void {
    const raw = { origin: item.origin, key: path, value: item.value };
    const directive = findDirective(path);
    if (directive === undefined) {
      this.unknown(raw, storage);
      return;
    }
    if (item.key.includes('.')) {
      // Corosync would keep it in cmap as text, where some directives find it and others, which are numbers, do not.
      this.report.problem(
        'parse',
        raw,
        'the names of sections cannot be part of a key; write the key inside its section',
      );
      return;
    }
    const entry = readValue(directive, raw, storage, this.report);
    if (entry !== undefined) this.put(entry, raw, directive.secret);
  }

  private unknown(raw: { origin: Origin; key: string; value: string }, storage: string): void {
    if (!FREE_SECTIONS.some((section) => raw.key.startsWith(`${section}.`))) {
      const nearest = this.guesses++ < MAX_GUESSES ? nearestDirective(raw.key) : undefined;
      const advice = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
      this.report.warn(raw, `is no directive and is only kept in cmap${advice}`);
    }
    this.put({ path: storage, type: 'str', value: raw.value }, raw);
  }

  private put(entry: CmapEntry, raw: { origin: Origin; key: string; value?: string }, secret = false): void {
    if (!isCmapKey(entry.path)) {
      const text = `"${entry.path}" cannot be a key: use 3 to 255 letters, digits or . _ - / :`;
      this.report.problem('parse', raw, text);
      return;
    }
    const earlier = this.store.find(entry.path);
    if (earlier !== undefined && earlier.entry.value !== entry.value) {
      const replaced = secret ? HIDDEN : earlier.entry.value;
      const text = `replaces "${replaced}" of line ${earlier.origin.line}; remove one of them`;
      this.report.warn(secret ? { ...raw, value: HIDDEN } : raw, text);
    }
    this.store.set(entry, raw.origin);
  }

  private interfaceSection(section: Section): void {
    const link = this.linkNumber(section);
    let members = 0;
    for (const item of section.items) {
      if (item.kind === 'section') {
        const path = `totem.interface.${item.name}`;
        if (item.name === 'member') members = this.memberSection(item, link, members);
        else this.generic(item, path, path);
        continue;
      }
      const path = `totem.interface.${item.key}`;
      if (item.key === 'linknumber') continue;
      this.key(item, path, LINK_KEYS.has(item.key) ? `totem.interface.${link}.${item.key}` : path);
    }
  }

  private linkNumber(section: Section): number {
    let link = 0;
    for (const item of section.items) {
      if (item.kind !== 'assignment' || item.key !== 'linknumber') continue;
      const key = 'totem.interface.linknumber';
      const raw = { origin: item.origin, key, value: item.value };
      const entry = readValue(findDirective(key)!, raw, key, this.report);
      if (typeof entry?.value === 'number') link = entry.value;
    }
    return link;
  }

  private memberSection(section: Section, link: number, first: number): number {
    let next = first;
    for (const item of section.items) {
      const key = `totem.interface.member.${item.kind === 'section' ? item.name : item.key}`;
      if (item.kind === 'section' || item.key !== 'memberaddr') {
        this.report.problem('parse', { origin: item.origin, key }, 'a member section may hold "memberaddr" only');
        continue;
      }
      this.key(item, key, `totem.interface.${link}.member.${next++}`);
    }
    return next;
  }

  private nodelistSection(section: Section): void {
    if (this.nodelist !== undefined) {
      const text = `there is a nodelist in line ${this.nodelist.line} already; put all nodes in one`;
      this.report.problem('parse', { origin: section.origin, key: 'nodelist' }, text);
      return;
    }
    this.nodelist = section.origin;
    for (const item of section.items) {
      if (item.kind === 'assignment') {
        const path = `nodelist.${item.key}`;
        this.key(item, path, path);
      } else if (item.name === 'node') {
        this.generic(item, 'nodelist.node', `nodelist.node.${this.nodes.length}`);
        this.nodes.push(item.origin);
      } else {
        const path = `nodelist.${item.name}`;
        this.report.warn({ origin: item.origin, key: path }, 'is no directive; only "node" sections belong here');
        this.generic(item, path, path);
      }
    }
  }

  private subsystemSection(section: Section): void {
    const subsystem = this.required(section, 'logging.logger_subsys', 'subsys');
    if (subsystem === undefined) return;
    this.subsystemKeys(section, subsystem.value, ['subsys']);
    const path = `logging.logger_subsys.${subsystem.value}.subsys`;
    this.put(
      { path, type: 'str', value: subsystem.value },
      { origin: subsystem.origin, key: 'logging.logger_subsys.subsys' },
    );
  }

  /** The keys of one subsystem. The first of two assignments wins here: Corosync stores them last to first. */
  private subsystemKeys(section: Section, subsystem: string, except: readonly string[]): void {
    for (const item of [...section.items].reverse()) {
      const name = item.kind === 'section' ? item.name : item.key;
      const path = `logging.logger_subsys.${name}`;
      const storage = `logging.logger_subsys.${subsystem}.${name}`;
      if (item.kind === 'section') this.generic(item, path, storage);
      else if (!except.includes(item.key)) this.key(item, path, storage);
    }
  }

  /** `logging_daemon` for `corosync` is about this daemon; the others belong to other programs, which read cmap. */
  private daemonSection(section: Section): void {
    const daemon = this.required(section, 'logging.logging_daemon', 'name');
    if (daemon === undefined) return;
    const subsystem = findAssignment(section, 'subsys');
    const except = ['name', 'subsys'];
    if (daemon.value === 'corosync' && subsystem !== undefined) {
      this.subsystemKeys(section, subsystem.value, except);
      const path = `logging.logger_subsys.${subsystem.value}.subsys`;
      this.put({ path, type: 'str', value: subsystem.value }, { origin: subsystem.origin, key: path });
      return;
    }
    const own = daemon.value === 'corosync';
    const base = own ? 'logging' : joinPath(`logging.logging_daemon.${daemon.value}`, subsystem?.value ?? '');
    const storage = base.replace(/\.$/, '');
    for (const item of [...section.items].reverse()) {
      if (item.kind === 'section') continue;
      if (except.includes(item.key)) continue;
      const path = own ? `logging.${item.key}` : `logging.logging_daemon.${item.key}`;
      this.key(item, path, `${storage}.${item.key}`);
    }
    if (own) return;
    for (const item of subsystem === undefined ? [daemon] : [daemon, subsystem]) {
      this.put(
        { path: `${storage}.${item.key}`, type: 'str', value: item.value },
        { origin: item.origin, key: storage },
      );
    }
  }

  private required(section: Section, path: string, key: string): Assignment | undefined {
    const found = findAssignment(section, key);
    if (found === undefined) {
      this.report.problem('parse', { origin: section.origin, key: path }, `the section needs "${key}: NAME"`);
    }
    return found;
  }

  private uidGidSection(section: Section): void {
    for (const item of section.items) {
      const key = item.kind === 'section' ? item.name : item.key;
      if (item.kind === 'section' || (key !== 'uid' && key !== 'gid')) {
        const text = 'a uidgid section may hold "uid" and "gid" only';
        this.report.problem('parse', { origin: item.origin, key: `uidgid.${key}` }, text);
        continue;
      }
      this.namedIds.push({ kind: key, value: item.value, origin: item.origin });
    }
  }

  private serviceSection(section: Section): void {
    const name = findAssignment(section, 'name');
    if (name === undefined || name.value === '') {
      const text = 'the section needs "name: ./FILE.js" or the name of an npm package';
      this.report.problem('parse', { origin: section.origin, key: 'service' }, text);
      return;
    }
    if (name.value === 'pacemaker') {
      const raw = { origin: name.origin, key: 'service.name', value: name.value };
      this.report.warn(raw, 'is ignored, as Corosync does since version 2: Pacemaker is started by itself');
      return;
    }
    const storage = `service.${this.services.length}`;
    this.generic(section, 'service', storage);
    const version = this.store.number(`${storage}.ver`) ?? 0;
    this.services.push({ name: name.value, version, origin: section.origin });
  }
}

/** The last assignment of a key, which is the one that counts. */
function findAssignment(section: Section, key: string): Assignment | undefined {
  return section.items.findLast((item): item is Assignment => item.kind === 'assignment' && item.key === key);
}

/** A user or group number, or undefined for a name. */
export function numericId(value: string): number | undefined {
  const number = parseInteger(value);
  return number !== undefined && number >= 0n && number <= 4294967295n ? Number(number) : undefined;
}
