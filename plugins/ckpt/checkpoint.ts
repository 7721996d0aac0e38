import { SA_TIME_END, SaError, nodeOfOwner } from 'chorale/sdk';
import type { OwnerId, SaErrorName, SaTime } from 'chorale/sdk';
import { MAX_ID_BYTES } from './attributes.js';
import type { CreationAttributes } from './attributes.js';
import { CreationFlags, SectionsChosen } from './operations.js';
import { History } from './history.js';
import type { ReadElement, WriteElement } from './messages.proto.js';
import { Section } from './section.js';

/** One handle that a checkpoint is opened with. */
export interface Open {
  readonly owner: OwnerId;
  /** The client's number. */
  readonly handle: number;
  /** OpenFlags. */
  readonly flags: number;
}

/** Names a handle in the cluster. */
export function openKey(owner: OwnerId, handle: number): string {
  return `${owner}/${handle}`;
}

/** An element of a vector is wrong. */
export class ElementError extends Error {
  constructor(
    readonly error: SaErrorName,
    readonly element: number,
  ) {
    super(`${error} in element ${element}`);
  }
}

/** The default section's id. */
export const DEFAULT_ID = '';

/** A checkpoint: its sections and who has it open. Methods throw before they change anything. */
export class Checkpoint {
  /** By `openKey`. */
  readonly opens = new Map<string, Open>();
  /** By id, in the order of their creation. */
  readonly sections = new Map<string, Section>();
  unlinked = false;
  retentionDuration: SaTime;
  /** What clients have changed. */
  readonly history = new History();
  /** Ids that were generated so far. */
  generated = 0;
  /** Of a collocated one: the node, and the run of its engine, as an OwnerId. */
  active: string | undefined;
  /** Bytes of all sections. */
  bytes = 0;
  /** How many bytes more all checkpoints together may get. */
  room = (): number => Infinity;

  constructor(
    /** Never used again, in the whole cluster. */
    readonly id: string,
    readonly name: string,
    private readonly created: CreationAttributes,
  ) {
    this.retentionDuration = created.retentionDuration;
  }

  /** With the present retention duration. */
  get attributes(): CreationAttributes {
    return { ...this.created, retentionDuration: this.retentionDuration };
  }

  get isCollocated(): boolean {
    return (this.created.creationFlags & CreationFlags.CHECKPOINT_COLLOCATED) !== 0;
  }

  /** A write returns when every replica has it. */
  get writesAll(): boolean {
    return (this.created.creationFlags & CreationFlags.WR_ALL_REPLICAS) !== 0;
  }

  get hasOneSection(): boolean {
    return this.created.maxSections === 1;
  }

  /** Throws ERR_NOT_EXIST while a collocated one with an asynchronous update option has no active replica. */
  checkActive(): void {
    if (!this.isCollocated || this.writesAll || this.active !== undefined) return;
    throw new SaError('ERR_NOT_EXIST', 'no replica is active; a process that has it open for writing sets it');
  }

  /** A section by its id. Throws ERR_NOT_EXIST. */
  section(id: string): Section {
    const section = this.sections.get(id);
    if (section === undefined) throw new SaError('ERR_NOT_EXIST', 'there is no such section');
    return section;
  }

  /** A new section. Throws ERR_EXIST, ERR_NO_SPACE, ERR_INVALID_PARAM. */
  createSection(wanted: string, data: Uint8Array, expiration: SaTime, time: SaTime): Section {
    const { maxSections, maxSectionSize, maxSectionIdSize } = this.created;
    if (this.hasOneSection) throw new SaError('ERR_EXIST', 'the checkpoint has its one section, the default one');
    if (wanted.length > maxSectionIdSize) throw invalid(`the id has more than ${maxSectionIdSize} bytes`);
    if (data.length > maxSectionSize) throw invalid(`a section has ${maxSectionSize} bytes at most`);
    if (this.sections.has(wanted)) throw new SaError('ERR_EXIST', 'there is such a section');
    if (this.sections.size >= maxSections) throw noSpace(`there are ${maxSections} sections, that is the most`);
    this.checkRoom(this.bytes + data.length);
    const section = new Section(wanted === DEFAULT_ID ? this.generateId() : wanted, expiration);
    section.overwrite(data);
    section.lastUpdate = time;
    this.add(section);
    return section;
  }

  deleteSection(section: Section): void {
    this.bytes -= section.size;
    this.sections.delete(section.id);
  }

  /** A section is there from now on. */
  add(section: Section): void {
    this.sections.set(section.id, section);
    this.bytes += section.size;
  }

  /** All elements or none. Throws ElementError. */
  write(elements: readonly WriteElement[], time: SaTime): void {
    const { maxSectionSize } = this.created;
    const sizes = new Map<Section, number>();
    let total = this.bytes;
    const targets = elements.map(({ id, offset, data }, index) => {
      const section = this.sections.get(idKey(id));
      if (section === undefined) throw new ElementError('ERR_NOT_EXIST', index);
      if (offset + data.length > maxSectionSize) throw new ElementError('ERR_INVALID_PARAM', index);
      const size = sizes.get(section) ?? section.size;
      const end = data.length === 0 ? size : Math.max(size, offset + data.length);
      total += end - size;
      if (!this.hasRoom(total)) throw new ElementError('ERR_NO_SPACE', index);
      sizes.set(section, end);
      return section;
    });
    targets.forEach((section, index) => {
      const { offset, data } = elements[index]!;
      if (data.length === 0) return;
      section.write(offset, data);
      section.lastUpdate = time;
    });
    this.bytes = total;
  }

  /** Throws ERR_NOT_EXIST, ERR_INVALID_PARAM, ERR_NO_SPACE. */
  overwrite(id: string, data: Uint8Array, time: SaTime): void {
    const { maxSectionSize } = this.created;
    const section = this.section(id);
    if (data.length > maxSectionSize) throw invalid(`a section has ${maxSectionSize} bytes at most`);
    const total = this.bytes - section.size + data.length;
    this.checkRoom(total);
    section.overwrite(data);
    section.lastUpdate = time;
    this.bytes = total;
  }

  /** What each element reads, in place. Throws ElementError. */
  read(elements: readonly ReadElement[]): Uint8Array[] {
    const { maxSectionSize } = this.created;
    return elements.map(({ id, offset, size }, index) => {
      const section = this.sections.get(idKey(id));
      if (section === undefined) throw new ElementError('ERR_NOT_EXIST', index);
      if (offset > section.size || (size !== undefined && size > maxSectionSize)) {
        throw new ElementError('ERR_INVALID_PARAM', index);
      }
      return section.data.subarray(offset, size === undefined ? section.size : offset + size);
    });
  }

  /** Ids of the sections that an iteration shows. */
  chosen(chosen: SectionsChosen, time: SaTime): string[] {
    const isChosen = ({ expiration }: Section): boolean => {
      if (chosen === SectionsChosen.FOREVER) return expiration === SA_TIME_END;
      if (chosen === SectionsChosen.LEQ_EXPIRATION_TIME) return expiration <= time;
      if (chosen === SectionsChosen.GEQ_EXPIRATION_TIME) return expiration >= time;
      return chosen === SectionsChosen.ANY;
    };
    return [...this.sections.values()].filter(isChosen).map(({ id }) => id);
  }

  /** For people and tests. */
  describe(): unknown {
    const { sections, bytes, unlinked } = this;
    const { count: changes = 0, node: changedBy = 0 } = this.history.last ?? {};
    const active = this.active === undefined ? {} : { active: nodeOfOwner(this.active) };
    return { open: this.opens.size, sections: sections.size, bytes, changes, changedBy, unlinked, ...active };
  }

  /** Whether it may have so many bytes. */
  private hasRoom(total: number): boolean {
    return total <= this.bytes || (total <= this.created.checkpointSize && total - this.bytes <= this.room());
  }

  private checkRoom(total: number): void {
    if (this.hasRoom(total)) return;
    throw noSpace(`its sections have ${this.created.checkpointSize} bytes at most, and all checkpoints have a limit`);
  }

  /** The next number that is no id here, as bytes, as short as it can be. */
  private generateId(): string {
    for (;;) {
      let id = '';
      for (let rest = ++this.generated; rest > 0; rest = Math.floor(rest / 256)) {
        id = String.fromCharCode(rest % 256) + id;
      }
      if (id.length > this.created.maxSectionIdSize) {
        // Those that were deleted are free again, if there are others than the longest.
        if (this.sections.size >= 256 ** this.created.maxSectionIdSize - 1) throw noSpace('all ids are in use');
        this.generated = 0;
      } else if (!this.sections.has(id)) return id;
    }
  }
}

/** A section id's bytes as a key: one character a byte. Throws ERR_INVALID_PARAM for more than an id can have. */
export function idKey(bytes: Uint8Array): string {
  if (bytes.length > MAX_ID_BYTES) throw invalid(`a section id of ${bytes.length} bytes`);
  return String.fromCharCode(...bytes);
}

function invalid(advice: string): SaError {
  return new SaError('ERR_INVALID_PARAM', advice);
}

function noSpace(advice: string): SaError {
  return new SaError('ERR_NO_SPACE', advice);
}
