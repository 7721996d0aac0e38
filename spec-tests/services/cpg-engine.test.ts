import { expect } from 'chai';
import { CsErrorCode } from '../../core/base/errors.js';
import { MessageView } from '../../core/base/message-view.js';
import type { Logger } from '../../core/base/logger.js';
import { CpgEngine } from '../../core/services/cpg/engine.js';
import { readEvent } from '../../core/services/cpg/client-events.js';
import type { CpgMembershipEvent } from '../../core/services/cpg/client-events.js';
import {
  joinlistBody,
  multicastHead,
  processBody,
  Reason,
  RequestId,
  RingFn,
} from '../../core/services/cpg/layouts.js';
import { JOINLIST_LIMIT } from '../../core/services/cpg/synchronization.js';
import { request } from '../../core/services/packet.js';
import { FakeClient } from '../support/fake-client.js';
import {
  field,
  finalizeRequest,
  fragmentRequest,
  joinRequest,
  leaveRequest,
  membershipRequest,
  multicastRequest,
} from './cpg-requests.js';
import { deliver, StubRing } from './stub-ring.js';

const { OK, ERR_TRY_AGAIN, ERR_INVALID_PARAM, ERR_BUSY, ERR_NOT_EXIST, ERR_NAME_TOO_LONG, ERR_EXIST } = CsErrorCode;
const { ERR_INTERRUPT, ERR_NOT_SUPPORTED, ERR_NO_SECTIONS, ERR_LIBRARY } = CsErrorCode;

const hello = new TextEncoder().encode('hello');
const PID = 1001;

interface Bench {
  readonly ring: StubRing;
  readonly engine: CpgEngine;
  readonly client: FakeClient;
  readonly log: string[];
}

/** Node 1 with one client of pid 1001, on the ring {1, 2, 3}. */
function bench(): Bench {
  const ring = new StubRing(1);
  const log: string[] = [];
  const logger: Logger = { enabled: () => true, log: (severity, text) => void log.push(`${severity}: ${text}`) };
  const engine = new CpgEngine({ ring, logger });
  synchronize(engine, ring, [], [1, 2, 3]);
  return { ring, engine, client: new FakeClient(engine, 1, PID), log };
}

/** A whole synchronization; `lists` are the join lists of other nodes. */
function synchronize(
  engine: CpgEngine,
  ring: StubRing,
  transitional: readonly number[],
  members: readonly number[],
  lists: readonly { sender: number; processes: readonly (readonly [string, number])[] }[] = [],
): void {
  engine.sync.syncInit(transitional, members, { representative: members[0]!, seq: 4 });
  expect(engine.sync.syncProcess()).to.equal(true);
  ring.loop(engine);
  for (const { sender, processes } of lists) {
    const body = joinlistBody(processes.map(([group, pid]) => ({ pid, name: field(group) })));
    deliver(engine, RingFn.JOINLIST, body, sender);
  }
  engine.sync.syncActivate();
}

/** The join, or leave, of another node's process comes in. */
function arrives(engine: CpgEngine, fn: number, nodeId: number, pid: number, group: string, reason = 1): void {
  deliver(engine, fn, processBody(field(group), pid, reason), nodeId);
}

function message(group: string, pid: number, data: Uint8Array): Uint8Array {
  const head = multicastHead(field(group), pid, 2, 0).slice();
  new DataView(head.buffer).setUint32(136, data.length, true);
  return Buffer.concat([head, data]);
}

/** Brings the client's session into a state of services-ipc.md 1.3. */
const reach: Record<string, (bench: Bench) => void> = {
  unjoined: () => undefined,
  'join started': ({ client }) => void client.ask(joinRequest('g', PID)),
  'join completed': ({ client, ring, engine }) => {
    client.ask(joinRequest('g', PID));
    ring.loop(engine);
  },
  'leave started': ({ client, ring, engine }) => {
    client.ask(joinRequest('g', PID));
    ring.loop(engine);
    client.ask(leaveRequest('g', PID));
  },
};

/** The table of services-ipc.md 1.3: the answers to a join of another group, a leave, a fragment; whether mcast sends. */
const table: [state: string, join: number, leave: number, fragment: number, mcast: boolean][] = [
  ['unjoined', OK, ERR_NOT_EXIST, ERR_NOT_EXIST, false],
  ['join started', ERR_EXIST, ERR_BUSY, OK, true],
  ['join completed', ERR_EXIST, OK, OK, true],
  ['leave started', ERR_BUSY, ERR_NOT_EXIST, ERR_NOT_EXIST, false],
];

function memberships(client: FakeClient): CpgMembershipEvent[] {
  return client.events.map(readEvent).filter((event) => event?.kind === 'membership');
}

function who(list: readonly { nodeId: number; pid: number; reason?: string }[]): string[] {
  return list.map(({ nodeId, pid, reason }) => `${nodeId}/${pid}${reason ? ` ${reason}` : ''}`);
}

describe('CPG engine: requests', () => {
  for (const [state, join, leave, fragment, mcast] of table) {
    it(`answers by the state "${state}"`, () => {
      const ask = (bytes: Uint8Array): number => {
        const fresh = bench();
        reach[state]!(fresh);
        return fresh.client.ask(bytes);
      };
      expect(ask(joinRequest('other', PID))).to.equal(join);
      expect(ask(leaveRequest('g', PID))).to.equal(leave);
      expect(ask(fragmentRequest(1, 10, hello))).to.equal(fragment);

      const { client, ring, engine } = bench();
      reach[state]!({ client, ring, engine, log: [] });
      const before = ring.sent.length;
      client.request(multicastRequest(hello));
      expect(ring.sent.length > before).to.equal(mcast);
      expect(engine.refused).to.equal(mcast ? 0 : 1);
    });
  }

  it('refuses a second connection of the same process in the same group, and a join while its leave is on its way', () => {
    const { client, ring, engine } = bench();
    client.ask(joinRequest('g', PID));
    const second = new FakeClient(engine, 2, PID);
    expect(second.ask(joinRequest('g', PID))).to.equal(ERR_EXIST);
    ring.loop(engine);
    client.disconnect();
    expect(second.ask(joinRequest('g', PID))).to.equal(ERR_TRY_AGAIN);
    ring.loop(engine);
    expect(second.ask(joinRequest('g', PID))).to.equal(OK);
  });

  it('refuses names over 128 bytes', () => {
    const bytes = joinRequest('g', PID);
    new DataView(bytes.buffer).setUint32(16, 129, true);
    expect(bench().client.ask(bytes)).to.equal(ERR_NAME_TOO_LONG);
    expect(bench().client.ask(joinRequest('n'.repeat(128), PID))).to.equal(OK);
  });

  it('lets no connection join again after it has left, until it is closed (the quirk in services-ipc.md 1.3)', () => {
    const { client, ring, engine } = bench();
    const [again, later] = [new FakeClient(engine, 2, PID), new FakeClient(engine, 3, PID)];
    reach['join completed']!({ client, ring, engine, log: [] });
    expect(client.ask(leaveRequest('g', PID))).to.equal(OK);
    ring.loop(engine);
    expect(client.ask(joinRequest('g', PID))).to.equal(ERR_EXIST);
    expect(client.ask(joinRequest('other', PID))).to.equal(ERR_BUSY);
    expect(client.ask(leaveRequest('g', PID))).to.equal(ERR_NOT_EXIST);
    expect(again.ask(joinRequest('g', PID)), 'the same process, another connection').to.equal(ERR_EXIST);
    client.disconnect();
    expect(ring.sent, 'it has left already').to.deep.equal([]);
    expect(later.ask(joinRequest('g', PID))).to.equal(OK);
  });

  it('goes on telling a connection that has left of its group, as Corosync 3.1.7', () => {
    const { client, ring, engine } = bench();
    const other = new FakeClient(engine, 2, PID + 1);
    reach['join completed']!({ client, ring, engine, log: [] });
    expect(client.ask(leaveRequest('g', PID))).to.equal(OK);
    ring.loop(engine);
    expect(other.ask(joinRequest('g', PID + 1))).to.equal(OK);
    ring.loop(engine);
    const told = memberships(client).map(({ joined, left }) => who([...joined, ...left]));
    expect(told).to.deep.equal([[`1/${PID} join`], [`1/${PID} leave`], [`1/${PID + 1} join`]]);
  });

  it('leaves the group of the connection, whatever name and pid the request has', () => {
    const { client, ring, engine } = bench();
    reach['join completed']!({ client, ring, engine, log: [] });
    expect(client.ask(leaveRequest('victim', 4711))).to.equal(OK);
    expect(ring.sent[0]).to.deep.include({ fn: RingFn.PROCLEAVE });
    expect(ring.sent[0]!.body).to.deep.equal(processBody(field('g'), PID, Reason.LEAVE));
  });

  it('multicasts to the group of the connection, with its pid, and asks for safe delivery when told so', () => {
    const { client, ring, engine } = bench();
    reach['join completed']!({ client, ring, engine, log: [] });
    for (const guarantee of [0, 1, 2, 3, 77]) client.request(multicastRequest(hello, guarantee));
    expect(ring.sent.map(({ guarantee }) => guarantee)).to.deep.equal([0, 0, 0, 1, 0]);
    const { fn, body } = ring.sent[0]!;
    const sent = MessageView.over(new Uint8Array([...new Uint8Array(16), ...body]));
    expect([fn, sent.u32(152), sent.u32(160), sent.u32(168), sent.u64(176)]).to.deep.equal([3, 5, PID, 1, 1n]);
    expect(sent.subarray(16, 136)).to.deep.equal(field('g'));
    expect(sent.copy(184, 5)).to.deep.equal(hello);
  });

  it('refuses lengths that are not there, and messages over the limit', () => {
    const { client, ring, engine } = bench();
    reach['join completed']!({ client, ring, engine, log: [] });
    const long = multicastRequest(hello);
    new DataView(long.buffer).setUint32(32, 6, true);
    client.request(long);
    client.request(multicastRequest(new Uint8Array(1047553)));
    const fragment = fragmentRequest(1, 10, hello);
    new DataView(fragment.buffer).setUint32(40, 6, true);
    expect(client.ask(fragment)).to.equal(ERR_INVALID_PARAM);
    expect(client.ask(fragmentRequest(1, 2e6, new Uint8Array(1047553)))).to.equal(ERR_INVALID_PARAM);
    expect(ring.sent).to.deep.equal([]);
    expect(client.ask(fragmentRequest(1, 2e6, new Uint8Array(1047552)))).to.equal(OK);
    expect(engine.refused).to.equal(3);
  });

  it('says TRY_AGAIN to joins, leaves and fragments while the ring is full or services are synchronized', () => {
    const { client, ring, engine } = bench();
    ring.full = true;
    expect(client.ask(joinRequest('g', PID))).to.equal(ERR_TRY_AGAIN);
    ring.full = false;
    ring.synchronizing = true;
    expect(client.ask(joinRequest('g', PID))).to.equal(ERR_TRY_AGAIN);
    ring.synchronizing = false;
    expect(client.ask(joinRequest('g', PID))).to.equal(OK);
    ring.loop(engine);
    for (const state of ['full', 'synchronizing'] as const) {
      ring[state] = true;
      expect(client.ask(fragmentRequest(1, 10, hello))).to.equal(ERR_TRY_AGAIN);
      expect(client.ask(leaveRequest('g', PID))).to.equal(ERR_TRY_AGAIN);
      ring[state] = false;
    }
    expect(client.ask(leaveRequest('g', PID))).to.equal(OK);
  });

  it('interrupts a message in fragments when the group changes between two of them', () => {
    const { client, ring, engine } = bench();
    reach['join completed']!({ client, ring, engine, log: [] });
    expect(client.ask(fragmentRequest(1, 10, hello))).to.equal(OK);
    arrives(engine, RingFn.PROCJOIN, 2, 7, 'g');
    expect(client.ask(fragmentRequest(3, 10, hello))).to.equal(ERR_INTERRUPT);
    expect(client.ask(fragmentRequest(1, 10, hello))).to.equal(OK);
    expect(client.ask(fragmentRequest(3, 10, hello))).to.equal(OK);
  });

  it('tells of the end of a process as soon as the ring takes it, and after synchronization', () => {
    const { client, ring, engine } = bench();
    reach['join completed']!({ client, ring, engine, log: [] });
    ring.full = true;
    client.disconnect();
    ring.tokenPassed();
    expect(ring.sent).to.deep.equal([]);
    ring.full = false;
    ring.synchronizing = true;
    ring.tokenPassed();
    expect(ring.sent).to.deep.equal([]);
    ring.synchronizing = false;
    ring.tokenPassed();
    expect(ring.sent).to.have.length(1);
    expect(ring.sent[0]!.body).to.deep.equal(processBody(field('g'), PID, Reason.PROCESS_DOWN));
    expect(ring.waiting).to.equal(0);
  });

  for (const state of Object.keys(reach)) {
    it(`says at the end of a connection in state "${state}" that its process is gone, if it is in a group`, () => {
      const fresh = bench();
      reach[state]!(fresh);
      fresh.ring.sent.length = 0;
      fresh.client.disconnect();
      const leaves = state.startsWith('join') ? 1 : 0;
      expect(fresh.ring.sent.map(({ fn }) => fn)).to.deep.equal(Array(leaves).fill(RingFn.PROCLEAVE));
    });
  }

  it('sends no events after finalize, and says at the end of the connection that the process is gone', () => {
    const { client, ring, engine } = bench();
    reach['join completed']!({ client, ring, engine, log: [] });
    const events = client.events.length;
    expect(client.ask(finalizeRequest())).to.equal(OK);
    arrives(engine, RingFn.PROCJOIN, 2, 7, 'g');
    deliver(engine, RingFn.MCAST, message('g', 7, hello), 2);
    expect(client.events).to.have.length(events);
    client.disconnect();
    expect(ring.sent.map(({ fn }) => fn)).to.deep.equal([RingFn.PROCLEAVE]);
  });

  it('lists the members of a group, at most 384', () => {
    const { client, engine } = bench();
    for (let pid = 400; pid > 0; pid--) arrives(engine, RingFn.PROCJOIN, 2, pid, 'g');
    arrives(engine, RingFn.PROCJOIN, 1, 5, 'g');
    arrives(engine, RingFn.PROCJOIN, 1, 6, 'other');
    client.request(membershipRequest('g'));
    const answer = MessageView.over(client.responses[0]!);
    expect([answer.length, answer.u32(24)]).to.deep.equal([9248, 384]);
    expect([32, 56, 80].map((at) => [answer.u32(at), answer.u32(at + 8)])).to.deep.equal([[1, 5], [2, 1], [2, 2]]); // prettier-ignore
  });

  it("iterates by Corosync's order: later groups first, and a group's later processes right behind its first", () => {
    const { client, engine } = bench();
    for (const [node, pid, group] of [[1, 1, 'a'], [1, 2, 'b'], [2, 1, 'a'], [2, 2, 'a'], [3, 1, 'c']] as const) {
      arrives(engine, RingFn.PROCJOIN, node, pid, group);
    } // prettier-ignore
    const iterate = (type: number, group = ''): string[] => {
      expect(
        client.ask(request(RequestId.ITERATION_INITIALIZE, 160).put(16, field(group)).u32(152, type).bytes),
      ).to.equal(OK);
      const handle = MessageView.over(client.responses.at(-1)!).u64(24);
      const shown: string[] = [];
      const next = request(RequestId.ITERATION_NEXT, 24).u64(16, handle).bytes;
      while (client.ask(next) === OK) {
        const answer = MessageView.over(client.responses.at(-1)!);
        shown.push(`${Buffer.from(answer.copy(32, answer.u32(24))).toString()} ${answer.u32(160)} ${answer.u32(164)}`);
      }
      expect(client.ask(next), 'from the beginning, behind the end').to.equal(shown.length > 0 ? OK : ERR_NO_SECTIONS);
      expect(client.ask(request(RequestId.ITERATION_FINALIZE, 24).u64(16, handle).bytes)).to.equal(OK);
      expect(client.ask(next)).to.equal(ERR_LIBRARY);
      return shown;
    };
    expect(iterate(1)).to.deep.equal(['c 0 0', 'b 0 0', 'a 0 0']);
    expect(iterate(2, 'a')).to.deep.equal(['a 1 1', 'a 2 2', 'a 2 1']);
    expect(iterate(2, 'none')).to.deep.equal([]);
    expect(iterate(3)).to.deep.equal(['c 3 1', 'b 1 2', 'a 1 1', 'a 2 2', 'a 2 1']);
    expect(client.ask(request(RequestId.ITERATION_INITIALIZE, 160).u32(152, 4).bytes)).to.equal(ERR_INVALID_PARAM);
  });

  it('says that zero-copy is not supported', () => {
    const { client } = bench();
    for (const id of [RequestId.ZERO_COPY_ALLOCATE, RequestId.ZERO_COPY_FREE, RequestId.ZERO_COPY_EXECUTE]) {
      expect(client.ask(request(id, 152).bytes)).to.equal(ERR_NOT_SUPPORTED);
    }
    expect(client.responses.map((bytes) => bytes[0])).to.deep.equal([0, 0, 2]);
  });
});

describe('CPG engine: messages', () => {
  it('delivers to the members of the group on this node, newest connection first', () => {
    const { client, ring, engine } = bench();
    const order: number[] = [];
    const second = new FakeClient(engine, 2, 2002);
    for (const member of [client, second]) {
      member.ask(joinRequest('g', member.pid));
      const event = member.event.bind(member);
      member.event = (parts) => {
        order.push(member.id);
        event(parts);
      };
    }
    const stranger = new FakeClient(engine, 3, 3003);
    ring.loop(engine);
    order.length = 0;
    arrives(engine, RingFn.PROCJOIN, 2, 7, 'g');
    deliver(engine, RingFn.MCAST, message('g', 7, hello), 2);
    expect(order).to.deep.equal([2, 1, 2, 1]);
    expect(stranger.events).to.deep.equal([]);
    expect(readEvent(second.events.at(-1)!)).to.deep.equal({
      kind: 'message',
      sender: { nodeId: 2, pid: 7 },
      data: hello,
    });
  });

  it('delivers nothing from a node without a process in the group, and says so ever more rarely', () => {
    const { client, ring, engine, log } = bench();
    reach['join completed']!({ client, ring, engine, log });
    const before = client.events.length;
    for (let i = 0; i < 100; i++) deliver(engine, RingFn.MCAST, message('g', 7, hello), 3);
    expect(client.events).to.have.length(before);
    expect(log.filter((line) => line.includes('no process'))).to.have.length(7);
  });

  it('sees one join of a process, and its own reason only', () => {
    const { client, ring, engine } = bench();
    reach['join completed']!({ client, ring, engine, log: [] });
    arrives(engine, RingFn.PROCJOIN, 2, 7, 'g', 5);
    arrives(engine, RingFn.PROCJOIN, 2, 7, 'g', 5);
    arrives(engine, RingFn.PROCLEAVE, 2, 7, 'g', 5);
    // Corosync also tells of the leave of a process that nobody knew.
    arrives(engine, RingFn.PROCLEAVE, 2, 7, 'g', 2);
    expect(
      memberships(client)
        .slice(1)
        .map(({ members, joined, left }) => [members, joined, left].map(who)),
    ).to.deep.equal([
      [[`1/${PID}`, '2/7'], ['2/7 join'], []],
      [[`1/${PID}`], [], ['2/7 process down']],
      [[`1/${PID}`], [], ['2/7 leave']],
    ]);
  });

  it('keeps names apart that differ in their length only', () => {
    const { client, ring, engine } = bench();
    client.ask(joinRequest('g\0', PID));
    ring.loop(engine);
    arrives(engine, RingFn.PROCJOIN, 2, 7, 'g');
    deliver(engine, RingFn.MCAST, message('g', 7, hello), 2);
    expect(client.events).to.have.length(1);
  });

  it('sends the totem membership once behind the first change to who asked for it', () => {
    const { client, ring, engine } = bench();
    client.ask(joinRequest('g', PID, 1));
    ring.loop(engine);
    arrives(engine, RingFn.PROCJOIN, 2, 7, 'g');
    expect(client.events.map((bytes) => readEvent(bytes)?.kind)).to.deep.equal(['membership', 'ring', 'membership']);
    expect(readEvent(client.events[1]!)).to.deep.equal({
      kind: 'ring',
      ringId: { representative: 1, seq: 4 },
      members: [1, 2, 3],
    });
  });

  it('shows a client no more members than its library takes', () => {
    const { client, ring, engine } = bench();
    for (let pid = 1; pid <= 200; pid++) arrives(engine, RingFn.PROCJOIN, 2, pid, 'g');
    client.ask(joinRequest('g', PID));
    ring.loop(engine);
    expect(memberships(client)[0]!.members).to.have.length(128);
  });
});

describe('CPG engine: membership changes', () => {
  it('tells each group once, by name, of processes of lost nodes, then of new ones, then everybody of the ring', () => {
    const { ring, engine } = bench();
    const clients = ['z', 'a', 'm'].map((group, index) => {
      const client = new FakeClient(engine, 10 + index, 10 + index);
      client.ask(joinRequest(group, client.pid));
      return client;
    });
    const stranger = new FakeClient(engine, 20, 20);
    ring.loop(engine);
    for (const [pid, group] of [[8, 'z'], [7, 'z'], [9, 'a']] as const) arrives(engine, RingFn.PROCJOIN, 3, pid, group); // prettier-ignore
    arrives(engine, RingFn.PROCJOIN, 2, 6, 'm');
    const told: string[] = [];
    for (const client of [...clients, stranger]) {
      client.events.length = 0;
      client.event = (parts) => {
        const event = readEvent(new Uint8Array(Buffer.concat(parts)))!;
        if (event.kind === 'membership') told.push(`${client.id}: +${who(event.joined)} -${who(event.left)}`);
        if (event.kind === 'ring') told.push(`${client.id}: ring`);
      };
    }
    synchronize(engine, ring, [1, 2], [1, 2, 4], [
      { sender: 2, processes: [['m', 6]] },
      { sender: 4, processes: [['z', 1], ['a', 2], ['z', 3]] },
    ]); // prettier-ignore
    expect(told).to.deep.equal([
      '11: + -3/9 node down',
      '10: + -3/7 node down,3/8 node down',
      '11: +4/2 node up -',
      '10: +4/3 node up,4/1 node up -',
      '20: ring',
      '12: ring',
      '11: ring',
      '10: ring',
    ]);
  });

  it('takes a node that missed a ring as gone and come back, also if no ring between was synchronized', () => {
    const { client, ring, engine } = bench();
    reach['join completed']!({ client, ring, engine, log: [] });
    arrives(engine, RingFn.PROCJOIN, 3, 7, 'g');
    engine.sync.syncInit([1, 2], [1, 2], { representative: 1, seq: 8 });
    engine.sync.syncAbort();
    engine.sync.syncInit([1, 2], [1, 2, 3], { representative: 1, seq: 12 });
    engine.sync.syncAbort();
    client.events.length = 0;
    synchronize(engine, ring, [1, 2, 3], [1, 2, 3], [{ sender: 3, processes: [['g', 7]] }]);
    expect(memberships(client).map(({ joined, left }) => [who(joined), who(left)])).to.deep.equal([
      [[], ['3/7 node down']],
      [['3/7 node up'], []],
    ]);
  });

  it('ends processes that their node does not name any more', () => {
    const { client, ring, engine } = bench();
    reach['join completed']!({ client, ring, engine, log: [] });
    arrives(engine, RingFn.PROCJOIN, 2, 7, 'g');
    arrives(engine, RingFn.PROCJOIN, 2, 8, 'g');
    client.events.length = 0;
    synchronize(engine, ring, [1, 2, 3], [1, 2, 3], [{ sender: 2, processes: [['g', 8]] }]);
    expect(memberships(client).map(({ left }) => who(left))).to.deep.equal([['2/7 process down']]);
  });

  for (const [what, first] of [['before', RingFn.PROCLEAVE], ['behind', RingFn.JOINLIST]] as const) {
    it(`believes a leave that comes ${what} the join list that still names the process`, () => {
      const { client, ring, engine } = bench();
      reach['join completed']!({ client, ring, engine, log: [] });
      engine.sync.syncInit([1, 2, 3], [1, 2, 3, 4], { representative: 1, seq: 8 });
      engine.sync.syncProcess();
      const list = joinlistBody([{ pid: 7, name: field('g') }]);
      if (first === RingFn.JOINLIST) deliver(engine, RingFn.JOINLIST, list, 4);
      arrives(engine, RingFn.PROCLEAVE, 4, 7, 'g', Reason.PROCESS_DOWN);
      if (first === RingFn.PROCLEAVE) deliver(engine, RingFn.JOINLIST, list, 4);
      client.events.length = 0;
      engine.sync.syncActivate();
      expect(memberships(client)).to.deep.equal([]);
    });
  } // prettier-ignore

  it('forgets join lists of a synchronization that was aborted, and those that come outside of one', () => {
    const { client, ring, engine } = bench();
    reach['join completed']!({ client, ring, engine, log: [] });
    const list = joinlistBody([{ pid: 7, name: field('g') }]);
    deliver(engine, RingFn.JOINLIST, list, 2);
    engine.sync.syncInit([1, 2, 3], [1, 2, 3, 4], { representative: 1, seq: 8 });
    deliver(engine, RingFn.JOINLIST, list, 4);
    engine.sync.syncAbort();
    client.events.length = 0;
    synchronize(engine, ring, [1, 2, 3], [1, 2, 3]);
    expect(memberships(client)).to.deep.equal([]);
  });

  it('sends its down list and its processes, in several messages if they are many, and goes on where the ring was full', () => {
    const { ring, engine } = bench();
    for (let pid = 1; pid <= JOINLIST_LIMIT + 5; pid++) arrives(engine, RingFn.PROCJOIN, 1, pid, 'g');
    engine.sync.syncInit([1], [1, 2], { representative: 1, seq: 8 });
    ring.full = true;
    expect(engine.sync.syncProcess()).to.equal(false);
    ring.full = false;
    const multicast = ring.multicast.bind(ring);
    ring.multicast = (...args) => ring.sent.length < 2 && multicast(...args);
    expect(engine.sync.syncProcess()).to.equal(false);
    ring.multicast = multicast;
    expect(engine.sync.syncProcess()).to.equal(true);
    expect(ring.sent.map(({ fn, body }) => [fn, 16 + body.length])).to.deep.equal([
      [RingFn.DOWNLIST, 1568],
      [RingFn.JOINLIST, 24 + 144 * JOINLIST_LIMIT],
      [RingFn.JOINLIST, 24 + 144 * 5],
    ]);
    const downlist = MessageView.over(ring.sent[0]!.body);
    expect([0, 8, 16, 20].map((at) => downlist.u32(at))).to.deep.equal([3, 2, 2, 3]);
  });
});
