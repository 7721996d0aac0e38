import { keyBytes, nameKey } from 'chorale/sdk';
import { Checkpoint, idKey, openKey } from './checkpoint.js';
import type { Attributes } from './messages.proto.js';
import { StateRecord } from './messages.proto.js';
import type { CreationAttributes } from './attributes.js';
import { PART_BYTES } from './operations.js';
import { Section } from './section.js';
import type { CheckpointSpace } from './space.js';

export function toWire({ creationFlags: flags, ...rest }: CreationAttributes): Attributes {
  return { flags, ...rest };
}

export function fromWire({ flags: creationFlags, ...rest }: Attributes): CreationAttributes {
  return { creationFlags, ...rest };
}

/** The space in pieces for synchronization, none much longer than PART_BYTES. */
export function* recordsOf(space: CheckpointSpace): IterableIterator<Uint8Array> {
  yield StateRecord.encode({ space: { lastStamp: space.lastStamp } });
  for (const checkpoint of space.checkpoints.values()) {
    yield checkpointRecord(checkpoint);
    for (const section of checkpoint.sections.values()) {
      for (let offset = 0; offset === 0 || offset < section.size; offset += PART_BYTES) {
        yield sectionRecord(section, offset);
      }
    }
  }
  for (const { owner, transfer, parts } of space.transfers.values()) {
    for (const data of parts) yield StateRecord.encode({ part: { owner, transfer, data } });
  }
}

function checkpointRecord(checkpoint: Checkpoint): Uint8Array {
  const { id, name, attributes, unlinked, history, generated, active = '', opens } = checkpoint;
  return StateRecord.encode({
    checkpoint: {
      id,
      name: keyBytes(name),
      attributes: toWire(attributes),
      unlinked,
      history: [...history],
      generated,
      active,
      opens: [...opens.values()],
    },
  });
}

function sectionRecord(section: Section, offset: number): Uint8Array {
  const { id, expiration, lastUpdate, size } = section;
  const data = section.data.subarray(offset, offset + PART_BYTES);
  return StateRecord.encode({ section: { id: keyBytes(id), expiration, lastUpdate, size, offset, data } });
}

/** Adds one record to a space, after those that came before it. Throws for what cannot be one. */
export class RecordLoader {
  private checkpoint: Checkpoint | undefined;
  private section: Section | undefined;

  constructor(private readonly space: CheckpointSpace) {}

  load(bytes: Uint8Array): void {
    const { space: head, checkpoint, section, part } = StateRecord.decode(bytes);
    if (head !== undefined) this.space.lastStamp = head.lastStamp;
    if (part !== undefined) this.space.transfers.part(part.owner, part.transfer, part.data);
    if (checkpoint !== undefined) {
      const { id, name, attributes, opens, active, unlinked, history, generated } = checkpoint;
      if (attributes === undefined) throw new RangeError(`checkpoint ${id} has no attributes`);
      const made = new Checkpoint(id, nameKey(name), fromWire(attributes));
      Object.assign(made, { unlinked, generated });
      for (const change of history) made.history.add(change);
      made.active = active === '' ? undefined : active;
      for (const open of opens) made.opens.set(openKey(open.owner, open.handle), open);
      this.space.add((this.checkpoint = made));
    }
    if (section !== undefined) {
      const { id, expiration, lastUpdate, size, offset, data } = section;
      if (this.checkpoint === undefined) throw new RangeError('a section without a checkpoint');
      if (offset === 0) {
        this.section = new Section(idKey(id), expiration);
        this.section.lastUpdate = lastUpdate;
        // As long as it will be, at once: the rest is written into it.
        const whole = data.length === size ? data : new Uint8Array(size);
        if (whole !== data) whole.set(data);
        this.section.overwrite(whole);
        this.checkpoint.add(this.section);
      } else this.section?.write(offset, data);
    }
  }
}
