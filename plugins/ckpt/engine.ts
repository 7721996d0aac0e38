import {
  LATER,
  ReplicatedEngine,
  SaError,
  SaErrorCode,
  formatRingId,
  isTime,
  keyBytes,
  nodeOfOwner,
  runOfOwner,
} from 'chorale/sdk';
import type {
  Activation,
  Branch,
  Configuration,
  Nothing,
  Operation,
  OrderedContext,
  OwnerId,
  PluginContext,
} from 'chorale/sdk';
import { checkRetention } from './attributes.js';
import { ElementError, idKey } from './checkpoint.js';
import type { Checkpoint } from './checkpoint.js';
import { LocalReads } from './local-reads.js';
import { mergeSpaces } from './merge.js';
import type { ReplacedOpen } from './merge.js';
import type { WriteReply, WriteRequest } from './messages.proto.js';
import { OpenFlags, Operations, SERVICE, SectionsChosen, replaced } from './operations.js';
import { RecordLoader, fromWire, recordsOf, toWire } from './records.js';
import { CheckpointSpace } from './space.js';

type Handler<Q, R> = (request: Q, context: OrderedContext) => R | typeof LATER;

/** The checkpoint service: the clients' requests to one space of checkpoints that is the same on all nodes. */
export class CkptEngine extends ReplicatedEngine<CheckpointSpace> {
  /** What only this node knows: reads and iterations of its own clients. */
  private readonly reads = new LocalReads();
  /** What a request that came in parts is done with, by operation. */
  private readonly long = new Map<number, (body: Uint8Array, context: OrderedContext) => Uint8Array>();
  private readonly loaders = new WeakMap<CheckpointSpace, RecordLoader>();
  /** Of a merge that is not finished. */
  private replaced: readonly ReplacedOpen[] = [];

  constructor(context: PluginContext) {
    super(context, SERVICE, new CheckpointSpace());
    this.state.timers = this.expiries;
    this.serveCheckpoints();
    this.serveSections();
    this.serveReads();
    this.serve(Operations.part, ({ transfer, data }, { owner }) => {
      this.state.transfers.part(owner, transfer, data);
      return {};
    });
    this.serve(Operations.whole, ({ transfer, operation }, to) => {
      const body = this.state.transfers.take(to.owner, transfer);
      const handle = this.long.get(operation);
      if (body === undefined || handle === undefined) throw new SaError('ERR_INVALID_PARAM', 'there are no such parts');
      return { reply: handle(body, to) };
    });
  }

  /** By name, with the id where it is unlinked: who has it open, and how much is in it. */
  dump(): unknown {
    const { checkpoints } = this.state;
    return Object.fromEntries(
      [...checkpoints.values()].map((one) => [one.unlinked ? `${one.name} (${one.id})` : one.name, one.describe()]),
    );
  }

  /** What is delivered from now on of the old ring, only those who came along are sure to have. */
  configurationChanged({ kind, members }: Configuration): void {
    if (kind === 'transitional') this.state.ring += `|${members.join()}`;
  }

  protected override stage(): CheckpointSpace {
    const space = new CheckpointSpace();
    this.loaders.set(space, new RecordLoader(space));
    return space;
  }

  protected override snapshot(space: CheckpointSpace): Iterable<Uint8Array> {
    return recordsOf(space);
  }

  protected override load(stage: CheckpointSpace, record: Uint8Array): void {
    this.loaders.get(stage)!.load(record);
  }

  protected override merge(branches: readonly Branch<CheckpointSpace>[]): CheckpointSpace {
    const merged = mergeSpaces(branches);
    this.replaced = merged.replaced;
    return merged.space;
  }

  protected override ownersGone(isGone: (owner: OwnerId) => boolean): void {
    this.state.timers = this.expiries;
    this.state.ownersGone(isGone);
  }

  protected override activated({ merged, ringId }: Activation): void {
    this.state.ring = formatRingId(ringId);
    if (merged) {
      // What the sides awaited may be of contents that are gone.
      const times = this.state.times(this.machine.epochNs(), (key) => this.expiries.remaining(key));
      this.expiries.clear();
      for (const { key, delayMs, stamp } of times) this.expiries.start(key, delayMs, stamp);
    }
    for (const { owner, handle } of this.replaced) this.notify(owner, replaced, { handle });
    this.replaced = [];
  }

  protected override expired(key: string): void {
    this.state.expired(key);
  }

  protected override clientGone(owner: OwnerId): void {
    this.reads.clientGone(owner);
  }

  private serveCheckpoints(): void {
    this.serve(Operations.open, ({ handle, name, flags, attributes }, { owner }) => {
      const open = { owner, handle, flags };
      const checkpoint = this.state.open(open, name, attributes && fromWire(attributes));
      return { creationFlags: checkpoint.attributes.creationFlags };
    });
    this.serve(Operations.close, ({ handle }, { owner }) => {
      this.state.close(owner, handle);
      this.reads.closed(owner, handle);
      return {};
    });
    this.serve(Operations.unlink, ({ name }) => {
      this.state.unlink(name);
      return {};
    });
    this.serve(Operations.retentionSet, ({ handle, duration }, { owner, node }) => {
      const checkpoint = this.state.at(owner, handle);
      checkRetention(duration);
      if (checkpoint.unlinked) throw new SaError('ERR_BAD_OPERATION', 'it is unlinked: it ends with its last close');
      checkpoint.retentionDuration = duration;
      checkpoint.history.changed(this.state.ring, node);
      return {};
    });
    this.serve(Operations.activeSet, ({ handle }, { owner }) => {
      const checkpoint = this.state.at(owner, handle, OpenFlags.WRITE);
      if (!checkpoint.isCollocated || checkpoint.writesAll) {
        throw new SaError('ERR_BAD_OPERATION', 'only a collocated one with an asynchronous update option has it');
      }
      checkpoint.active = `${nodeOfOwner(owner)}.${runOfOwner(owner).toString(16)}.active`;
      return {};
    });
    this.serve(Operations.status, ({ handle }, { owner }) => {
      const checkpoint = this.activeAt(owner, handle);
      const { attributes, sections, bytes } = checkpoint;
      return { attributes: toWire(attributes), sections: sections.size, memoryUsed: bytes };
    });
    // It is done when it is delivered: so is all that was sent before it, on every member.
    this.serve(Operations.synchronize, ({ handle }, { owner }) => {
      const { writesAll } = this.activeAt(owner, handle, OpenFlags.WRITE);
      if (writesAll) throw new SaError('ERR_BAD_OPERATION', 'its writes return when all replicas have them');
      return {};
    });
  }

  private serveSections(): void {
    this.serveLong(Operations.sectionCreate, ({ handle, id, expiration, data }, { owner, node, time }) => {
      const checkpoint = this.activeAt(owner, handle, OpenFlags.WRITE);
      if (!isTime(expiration)) throw new SaError('ERR_INVALID_PARAM', 'give an expiration time');
      const section = checkpoint.createSection(idKey(id), data, expiration, time);
      checkpoint.history.changed(this.state.ring, node);
      this.state.setExpiration(checkpoint, section, expiration, time);
      return { id: keyBytes(section.id) };
    });
    this.serve(Operations.sectionDelete, ({ handle, id }, { owner, node }) => {
      const checkpoint = this.activeAt(owner, handle, OpenFlags.WRITE);
      checkNotDefault(id);
      this.state.deleteSection(checkpoint, checkpoint.section(idKey(id)));
      checkpoint.history.changed(this.state.ring, node);
      return {};
    });
    this.serve(Operations.expirationSet, ({ handle, id, expiration }, { owner, node, time }) => {
      const checkpoint = this.activeAt(owner, handle, OpenFlags.WRITE);
      checkNotDefault(id);
      this.state.setExpiration(checkpoint, checkpoint.section(idKey(id)), expiration, time);
      checkpoint.history.changed(this.state.ring, node);
      return {};
    });
    const write: Handler<WriteRequest, WriteReply> = ({ handle, elements }, { owner, node, time }) =>
      elementwise(() => {
        const checkpoint = this.activeAt(owner, handle, OpenFlags.WRITE);
        checkpoint.write(elements, time);
        checkpoint.history.changed(this.state.ring, node);
      });
    this.serveLong(Operations.write, write);
    this.serve(Operations.writeActive, write);
    const overwrite: Handler<{ handle: number; id: Uint8Array; data: Uint8Array }, Nothing> = (
      { handle, id, data },
      { owner, node, time },
    ) => {
      const checkpoint = this.activeAt(owner, handle, OpenFlags.WRITE);
      checkpoint.overwrite(idKey(id), data, time);
      checkpoint.history.changed(this.state.ring, node);
      return {};
    };
    this.serveLong(Operations.overwrite, overwrite);
    this.serve(Operations.overwriteActive, overwrite);
  }

  private serveReads(): void {
    this.serveLong(Operations.read, ({ handle, elements }, { owner }) => {
      // Only the reader's node has to look.
      if (!this.isLocal(owner)) return LATER;
      const reply = { sizes: [] as number[], data: new Uint8Array(0), rest: 0 };
      const failure = elementwise(() => {
        const found = this.activeAt(owner, handle, OpenFlags.READ).read(elements);
        reply.sizes = found.map(({ length }) => length);
        Object.assign(reply, this.reads.collect(owner, found));
      });
      return { ...failure, ...reply };
    });
    this.serveLocal(Operations.readRest, ({ rest, offset }, { owner }) => ({
      data: this.reads.rest(owner, rest, offset),
    }));
    this.serve(Operations.iterate, ({ handle, iteration, chosen, time }, { owner }) => {
      const checkpoint = this.activeAt(owner, handle);
      if (!Object.values<number>(SectionsChosen).includes(chosen)) {
        throw new SaError('ERR_INVALID_PARAM', `${chosen} is no choice of sections`);
      }
      if (this.isLocal(owner)) {
        this.reads.iterate(owner, iteration, handle, checkpoint.chosen(chosen as SectionsChosen, time));
      }
      return {};
    });
    this.serveLocal(Operations.iterateNext, ({ iteration }, { owner }) => {
      const { handle, ids } = this.reads.iteration(owner, iteration);
      const { sections } = this.activeAt(owner, handle);
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
        const section = sections.get(id);
        if (section === undefined) continue;
        const { expiration, size, lastUpdate } = section;
        return { descriptor: { id: keyBytes(id), expiration, size, lastUpdate } };
      }
      return {};
    });
    this.serveLocal(Operations.iterateEnd, ({ iteration }, { owner }) => {
      this.reads.endIteration(owner, iteration);
      return {};
    });
  }

  /** The client's checkpoint, if it can be used now. */
  private activeAt(owner: OwnerId, handle: number, needed = 0): Checkpoint {
    const checkpoint = this.state.at(owner, handle, needed);
    checkpoint.checkActive();
    return checkpoint;
  }

  /** An operation whose request may also come in parts. */
  private serveLong<Q, R>(operation: Operation<Q, R>, handle: Handler<Q, R>): void {
    this.serve(operation, handle);
    this.long.set(operation.id, (body, context) => {
      let request: Q;
      try {
        request = operation.request.decode(body);
      } catch {
        // The parts were whole messages, so that only the client can be told.
        throw new SaError('ERR_INVALID_PARAM', 'the parts make no such request');
      }
      const reply = handle(request, context);
      return reply === LATER ? new Uint8Array(0) : operation.reply.encode(reply);
    });
  }
}

/** Does something with a vector, and tells which element was wrong if one was. */
function elementwise(work: () => void): WriteReply {
  try {
    work();
    return { error: SaErrorCode.OK, element: 0 };
  } catch (thrown) {
    if (!(thrown instanceof ElementError)) throw thrown;
    return { error: SaErrorCode[thrown.error], element: thrown.element };
  }
}

function checkNotDefault(id: Uint8Array): void {
  if (id.length > 0) return;
  throw new SaError('ERR_INVALID_PARAM', 'the default section stays for ever; name another one');
}
