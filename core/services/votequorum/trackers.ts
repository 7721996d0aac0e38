import type { Client } from '../../host/service-engine.js';
import type { RingId } from '../../totem/ring.js';
import { event } from '../packet.js';
import type { Electorate } from './electorate.js';
import { NodeFlag, QDEVICE_NODE_ID } from './layouts.js';

const EventId = { QUORUM: 3, EXPECTED_VOTES: 4, NODE_LIST: 5 } as const;

interface Tracking {
  readonly client: Client;
  /** The client's own mark, sent back in every event. */
  readonly context: bigint;
}

/** The clients that follow votequorum, and what they are told. */
export class Trackers {
  /** Newest first. */
  private list: readonly Tracking[] = [];

  constructor(private readonly electorate: Electorate) {}

  get length(): number {
    return this.list.length;
  }

  has(client: Client): boolean {
    return this.list.some((tracking) => tracking.client === client);
  }

  add(client: Client, context: bigint): void {
    this.list = [{ client, context }, ...this.list];
  }

  /** False if the client follows nothing. */
  remove(client: Client): boolean {
    if (!this.has(client)) return false;
    this.list = this.list.filter((tracking) => tracking.client !== client);
    return true;
  }

  /** All nodes ever seen with their states, and whether this part is quorate. */
  sendQuorum(quorate: boolean, to: readonly Tracking[] = this.list): void {
    const { nodes, us, qdevice } = this.electorate;
    const shown = nodes.map(({ nodeId, state }) => [nodeId, state] as const);
    if ((us.flags & NodeFlag.QDEVICE_REGISTERED) !== 0) shown.push([QDEVICE_NODE_ID, qdevice.state]);
    for (const { client, context } of to) {
      const message = event(EventId.QUORUM, 48 + 8 * shown.length)
        .u32(24, Number(quorate))
        .u64(32, context)
        .u32(40, shown.length)
        .u32s(48, shown.flat());
      client.event([message.bytes]);
    }
  }

  /** The members of the ring. */
  sendNodeList(ringId: RingId, to: readonly Tracking[] = this.list): void {
    const { members } = this.electorate;
    for (const { client, context } of to) {
      const message = event(EventId.NODE_LIST, 56 + 4 * members.length)
        .u64(24, context)
        .u32(32, ringId.representative)
        .u64(40, ringId.seq)
        .u32(48, members.length)
        .u32s(56, members);
      client.event([message.bytes]);
    }
  }

  sendExpectedVotes(): void {
    for (const { client, context } of this.list) {
      client.event([
        event(EventId.EXPECTED_VOTES, 40).u64(24, context).u32(32, this.electorate.us.expectedVotes).bytes,
      ]);
    }
  }
}
