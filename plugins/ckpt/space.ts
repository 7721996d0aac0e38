import { SA_TIME_END, SaError, nameKey, toMilliseconds } from 'chorale/sdk';
import type { OwnerId, SaTime } from 'chorale/sdk';
import { checkAttributes, sameCheckpoint } from './attributes.js';
import type { CreationAttributes } from './attributes.js';
import { Checkpoint, DEFAULT_ID, openKey } from './checkpoint.js';
import type { Open } from './checkpoint.js';
import { OpenFlags } from './operations.js';
import { Section } from './section.js';
import { Transfers } from './transfers.js';

/** Times that pass for all nodes at once: see Expiries of the SDK. */
export interface Timers {
  start(key: string, delayMs: number, stamp: number): void;
  stop(key: string): void;
}

/** The most checkpoints: ERR_NO_SPACE then. */
export const MAX_CHECKPOINTS = 10_000;

/** The most bytes of sections in all checkpoints: ERR_NO_SPACE then. */
export const MAX_BYTES = 1024 * 1024 * 1024;

const NO_TIMERS: Timers = { start: () => undefined, stop: () => undefined };

/** All checkpoints: the state that is the same on every node. Methods throw an SaError before they change anything. */
export class CheckpointSpace {
  /** By id, in an order that all nodes have. */
  readonly checkpoints = new Map<string, Checkpoint>();
  /** Those that are not unlinked. */
  readonly names = new Map<string, Checkpoint>();
  /** By `openKey`. */
  readonly opens = new Map<string, { readonly open: Open; readonly checkpoint: Checkpoint }>();
  readonly transfers = new Transfers();
  /** The ring, or transitional configuration of it, that changes are made in. */
  ring = '';
  /** Stamps of times are numbers that only grow. */
  lastStamp = 0;
  /** Nothing runs in a space that is not in use yet. */
  timers = NO_TIMERS;

  /** Opens a checkpoint, or creates it. ERR_BAD_FLAGS, ERR_INVALID_PARAM, ERR_NOT_EXIST, ERR_EXIST, ERR_NO_SPACE. */
  open(open: Open, nameBytes: Uint8Array, attributes: CreationAttributes | undefined): Checkpoint {
    const key = openKey(open.owner, open.handle);
    checkOpenFlags(open.flags);
    if (this.opens.has(key)) throw new SaError('ERR_INVALID_PARAM', 'a handle of this number is open');
    const name = nameKey(nameBytes);
    const isCreate = (open.flags & OpenFlags.CREATE) !== 0;
    if (isCreate !== (attributes !== undefined)) throw new SaError('ERR_INVALID_PARAM', 'attributes go with CREATE');
    if (attributes !== undefined) checkAttributes(attributes);
    let checkpoint = this.names.get(name);
    if (checkpoint === undefined) {
      if (attributes === undefined) throw new SaError('ERR_NOT_EXIST', 'there is no checkpoint of this name');
      if (this.checkpoints.size >= MAX_CHECKPOINTS) throw new SaError('ERR_NO_SPACE', 'there are too many');
      checkpoint = new Checkpoint(key, name, attributes);
      if (checkpoint.hasOneSection) checkpoint.add(new Section(DEFAULT_ID, SA_TIME_END));
      this.add(checkpoint);
    } else if (attributes !== undefined && !sameCheckpoint(checkpoint.attributes, attributes)) {
      throw new SaError('ERR_EXIST', 'there is one of this name with other attributes');
    }
    if (checkpoint.opens.size === 0) this.timers.stop(checkpoint.id);
    this.addOpen(checkpoint, open);
    return checkpoint;
  }

  /** The checkpoint that a client's handle stands for. ERR_BAD_HANDLE; ERR_ACCESS if it was not opened with `needed`. */
  at(owner: OwnerId, handle: number, needed = 0): Checkpoint {
    const opened = this.opens.get(openKey(owner, handle));
    if (opened === undefined) throw new SaError('ERR_BAD_HANDLE', 'this handle is closed');
    if ((opened.open.flags & needed) !== needed) throw new SaError('ERR_ACCESS', 'it was not opened for this');
    return opened.checkpoint;
  }

  close(owner: OwnerId, handle: number): void {
    const checkpoint = this.at(owner, handle);
    this.removeOpen(openKey(owner, handle));
    this.closed(checkpoint);
  }

  /** ERR_NOT_EXIST. */
  unlink(nameBytes: Uint8Array): void {
    const checkpoint = this.names.get(nameKey(nameBytes));
    if (checkpoint === undefined) throw new SaError('ERR_NOT_EXIST', 'there is no checkpoint of this name');
    this.unlinkOne(checkpoint);
    if (checkpoint.opens.size === 0) this.remove(checkpoint);
  }

  unlinkOne(checkpoint: Checkpoint): void {
    checkpoint.unlinked = true;
    this.names.delete(checkpoint.name);
  }

  /** Sets when a section expires, as of `now`. One whose time has passed is gone at once. */
  setExpiration(checkpoint: Checkpoint, section: Section, expiration: SaTime, now: SaTime): void {
    section.expiration = expiration;
    const key = sectionTimer(checkpoint, section.id);
    if (expiration <= now) this.deleteSection(checkpoint, section);
    else if (expiration === SA_TIME_END) this.timers.stop(key);
    else {
      this.timers.start(key, toMilliseconds(expiration - now), ++this.lastStamp);
    }
  }

  deleteSection(checkpoint: Checkpoint, section: Section): void {
    this.timers.stop(sectionTimer(checkpoint, section.id));
    checkpoint.deleteSection(section);
  }

  /** The time of something has passed. */
  expired(key: string): void {
    const [id, sectionId] = splitTimer(key);
    const checkpoint = this.checkpoints.get(id);
    if (checkpoint === undefined) return;
    const section = sectionId === undefined ? undefined : checkpoint.sections.get(sectionId);
    if (section !== undefined) {
      checkpoint.deleteSection(section);
    } else if (sectionId === undefined && checkpoint.opens.size === 0) this.remove(checkpoint);
  }

  /** Clients, or nodes with all theirs, are gone. */
  ownersGone(isGone: (owner: OwnerId) => boolean): void {
    const touched = new Set<Checkpoint>();
    for (const [key, { open, checkpoint }] of [...this.opens]) {
      if (!isGone(open.owner)) continue;
      this.removeOpen(key);
      touched.add(checkpoint);
    }
    for (const checkpoint of touched) this.closed(checkpoint);
    for (const checkpoint of this.checkpoints.values()) {
      if (checkpoint.active !== undefined && isGone(checkpoint.active)) checkpoint.active = undefined;
    }
    this.transfers.ownersGone(isGone);
  }

  add(checkpoint: Checkpoint): void {
    this.checkpoints.set(checkpoint.id, checkpoint);
    checkpoint.room = () => MAX_BYTES - [...this.checkpoints.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    if (!checkpoint.unlinked) this.names.set(checkpoint.name, checkpoint);
    for (const [key, open] of checkpoint.opens) this.opens.set(key, { open, checkpoint });
  }

  addOpen(checkpoint: Checkpoint, open: Open): void {
    const key = openKey(open.owner, open.handle);
    checkpoint.opens.set(key, open);
    this.opens.set(key, { open, checkpoint });
  }

  /** After a close: if it was the last one, the checkpoint goes, at once or when its retention time is over. */
  closed(checkpoint: Checkpoint): void {
    if (checkpoint.opens.size > 0) return;
    const { id, retentionDuration, unlinked } = checkpoint;
    if (unlinked || retentionDuration === 0n) this.remove(checkpoint);
    else this.timers.start(id, toMilliseconds(retentionDuration), ++this.lastStamp);
  }

  /** All that is awaited, anew. `left`: milliseconds of what was awaited until now. */
  times(now: SaTime, left: (key: string) => number | undefined): { key: string; delayMs: number; stamp: number }[] {
    const times: { key: string; delayMs: number; stamp: number }[] = [];
    for (const checkpoint of this.checkpoints.values()) {
      const { id, retentionDuration } = checkpoint;
      if (checkpoint.opens.size === 0) {
        times.push({ key: id, delayMs: left(id) ?? toMilliseconds(retentionDuration), stamp: ++this.lastStamp });
      }
      for (const { id: sectionId, expiration } of checkpoint.sections.values()) {
        if (expiration === SA_TIME_END) continue;
        const delayMs = toMilliseconds(expiration - now);
        times.push({ key: sectionTimer(checkpoint, sectionId), delayMs, stamp: ++this.lastStamp });
      }
    }
    return times;
  }

  private removeOpen(key: string): void {
    this.opens.get(key)?.checkpoint.opens.delete(key);
    this.opens.delete(key);
  }

  private remove(checkpoint: Checkpoint): void {
    this.timers.stop(checkpoint.id);
    for (const section of checkpoint.sections.values()) {
      if (section.expiration !== SA_TIME_END) this.timers.stop(sectionTimer(checkpoint, section.id));
    }
    this.checkpoints.delete(checkpoint.id);
    if (this.names.get(checkpoint.name) === checkpoint) this.names.delete(checkpoint.name);
  }
}

/** Throws ERR_BAD_FLAGS. */
export function checkOpenFlags(flags: number): void {
  const known = OpenFlags.READ | OpenFlags.WRITE | OpenFlags.CREATE;
  if (Number.isInteger(flags) && flags > 0 && flags <= known && (flags | known) === known) return;
  throw new SaError('ERR_BAD_FLAGS', `open flags ${String(flags)}: give READ, WRITE, CREATE, or some of them`);
}

/** A checkpoint's own timer is its id, which has no bar. */
export function sectionTimer({ id }: Checkpoint, sectionId: string): string {
  return `${id}|${sectionId}`;
}

function splitTimer(key: string): [id: string, sectionId: string | undefined] {
  const bar = key.indexOf('|');
  return bar < 0 ? [key, undefined] : [key.slice(0, bar), key.slice(bar + 1)];
}
