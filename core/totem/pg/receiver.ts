import type { Logger } from '../../base/logger.js';
import { worthALine } from '../../base/sparse-log.js';
import type { FrameMemory } from '../../net/frame-memory.js';
import { Assembly, BufferPool } from './assembly.js';
import type { PackingCounters } from './counters.js';
import type { GroupTable } from './groups.js';
import { CONTINUATION_AT, COUNT_AT, FRAGMENTED_AT, LENGTH_BYTES, PACKET_HEADER_BYTES } from './packet.js';

const MISFIT = 'its lengths do not add up';

/**
 * The receiving half: takes frames' payloads in the agreed order and gives whole messages to the groups. A message
 * that lies in one frame is shown in place; a fragmented one is put together first.
 *
 * There are two assembly sets, as in Corosync: the second is used from the regular configuration event until
 * synchronization is complete, so that a message interrupted by a membership change goes on where it was.
 *
 * What is delivered is what a Corosync receiver with the same history delivers (totem.md 7.4), because all members of a
 * ring must deliver the same messages: where it throws away, this throws away. There are two exceptions. Where it
 * would hand up bytes of different messages as one, nothing is delivered. And when it begins to listen in the middle of
 * a sender's stream (after a join or a merge) it loses whole messages, up to the first frame that ends with one, which
 * the sender and the members that were there before do deliver. Here only the message whose beginning was sent earlier
 * is lost, so that this node disagrees with them as little as it can. Only Corosync nodes let others begin there; what
 * Chorale nodes do instead is in stream-repair.ts.
 */
export class Receiver {
  private readonly pool = new BufferPool();
  private readonly normal = new Map<number, Assembly>();
  private readonly transitional = new Map<number, Assembly>();
  private assemblies = this.normal;
  private members: ReadonlySet<number> = new Set();

  constructor(
    private readonly frames: FrameMemory,
    private readonly groups: GroupTable,
    private readonly counters: PackingCounters,
    private readonly logger: Logger,
  ) {}

  /** Chooses the assembly set for the frames from now on. */
  useTransitional(transitional: boolean): void {
    this.assemblies = transitional ? this.transitional : this.normal;
  }

  /** Forgets the unfinished messages of a node that left, in both sets. */
  forget(nodeId: number): void {
    for (const set of [this.normal, this.transitional]) {
      set.get(nodeId)?.endMessage();
      set.delete(nodeId);
    }
  }

  /** Takes frames of these nodes only, from now on: memory is kept for as many senders as there are members. */
  setMembers(members: readonly number[]): void {
    this.members = new Set(members);
    for (const sender of [...this.normal.keys(), ...this.transitional.keys()]) {
      if (!this.members.has(sender)) this.forget(sender);
    }
  }

  get inTransitionalSet(): boolean {
    return this.assemblies === this.transitional;
  }

  /** What is here of the sender's unfinished message, in the set in use; undefined if the next frame begins with one. */
  unfinishedOf(sender: number): Assembly | undefined {
    const assembly = this.assemblies.get(sender);
    return assembly !== undefined && assembly.length > 0 ? assembly : undefined;
  }

  /** Senders with an unfinished message, for dumps and tests. */
  get unfinished(): number {
    let count = 0;
    for (const set of [this.normal, this.transitional]) {
      for (const assembly of set.values()) if (assembly.length > 0) count++;
    }
    return count;
  }

  /** A frame's payload: `length` bytes at `offset` of the frame memory. */
  frame(offset: number, length: number, sender: number, littleEndian: boolean): void {
    const { bytes, view } = this.frames;
    if (length < PACKET_HEADER_BYTES) return this.drop(sender, MISFIT);
    const fragmented = bytes[offset + FRAGMENTED_AT]!;
    const continuation = bytes[offset + CONTINUATION_AT]!;
    const count = view.getUint16(offset + COUNT_AT, littleEndian);
    const table = offset + PACKET_HEADER_BYTES;
    const pieces = table + LENGTH_BYTES * count;
    const end = offset + length;
    if (pieces > end || (count === 0 && fragmented !== 0)) return this.drop(sender, MISFIT);
    let sum = pieces;
    for (let at = table; at < pieces; at += LENGTH_BYTES) sum += view.getUint16(at, littleEndian);
    if (sum !== end) return this.drop(sender, MISFIT);

    const assembly = this.assemblyOf(sender, continuation);
    if (assembly === undefined) return this.drop(sender, 'the node is no member of the ring');
    const deliverable = this.follow(assembly, continuation, fragmented, sender);
    const whole = fragmented === 0 ? count : count - 1;
    try {
      if (deliverable) this.show(assembly, offset, whole, pieces, sender, littleEndian);
    } finally {
      // Also when a receiver failed: what follows in the stream must not be joined to the wrong bytes.
      if (fragmented === 0) {
        // Corosync frees its record here, so that the next frame is taken as it comes.
        assembly.reset();
      } else {
        const continues = count === 1 && continuation !== 0;
        if (!continues) assembly.endMessage();
        else if (!deliverable) assembly.giveUpMessage();
        const tail = view.getUint16(pieces - LENGTH_BYTES, littleEndian);
        assembly.append(bytes, end - tail, tail);
      }
    }
  }

  /** Gives the first `whole` messages of a frame to the groups, the first one behind what it continues. */
  private show(
    assembly: Assembly,
    packet: number,
    whole: number,
    pieces: number,
    sender: number,
    littleEndian: boolean,
  ): void {
    const { bytes, view } = this.frames;
    let entry = packet + PACKET_HEADER_BYTES;
    let at = pieces;
    for (let i = 0; i < whole; i++, entry += LENGTH_BYTES) {
      const length = view.getUint16(entry, littleEndian);
      if (i === 0 && bytes[packet + CONTINUATION_AT] !== 0) this.finish(assembly, at, length, sender, littleEndian);
      else this.groups.dispatch(bytes, view, at, length, sender, littleEndian);
      at += length;
    }
  }

  /** The last fragment of a message: shows the message if all of it is here. */
  private finish(assembly: Assembly, offset: number, length: number, sender: number, littleEndian: boolean): void {
    assembly.append(this.frames.bytes, offset, length);
    if (assembly.incomplete) {
      this.counters.incompleteMessages++;
    } else {
      const { bytes, data } = assembly.buffer;
      this.groups.dispatch(bytes, data, 0, assembly.length, sender, littleEndian);
    }
  }

  /** The sender's record in the set in use; undefined for a stranger. */
  private assemblyOf(sender: number, continuation: number): Assembly | undefined {
    let assembly = this.assemblies.get(sender);
    if (assembly === undefined && this.members.has(sender)) {
      assembly = new Assembly(this.pool);
      this.assemblies.set(sender, assembly);
      if (continuation !== 0) {
        // Met in the middle of its stream: what the frame continues was the last, only not here.
        assembly.lastFragment = continuation;
        assembly.giveUpMessage();
      }
    }
    return assembly;
  }

  /** Compares the frame with what has to come next; whether the messages that end in it are delivered. */
  private follow(assembly: Assembly, continuation: number, fragmented: number, sender: number): boolean {
    if (!assembly.throwingAway && continuation === assembly.lastFragment) {
      assembly.lastFragment = fragmented;
      return true;
    }
    // Throwing away ends *behind* a frame with fragmented 0 or 1. The remembered number stays, as it does in Corosync.
    assembly.throwingAway = !assembly.throwingAway || fragmented > 1;
    const count = ++this.counters.thrownAwayFrames;
    if (worthALine(count)) {
      this.logger.log(
        'warning',
        `Threw away a frame of node ${sender}: it continues fragment ${continuation}, fragment ` +
          `${assembly.lastFragment} was the last (${count} frames so far)`,
      );
    }
    return false;
  }

  private drop(sender: number, why: string): void {
    const count = ++this.counters.malformedFrames;
    if (worthALine(count)) {
      this.logger.log('warning', `Dropped a frame of node ${sender}: ${why} (${count} frames so far)`);
    }
  }
}
