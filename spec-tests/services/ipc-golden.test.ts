import { expect } from 'chai';
import { FakeClock } from '../support/fake-clock.js';
import { FakeClient } from '../support/fake-client.js';
import { FakeCluster, seededRandom } from '../support/ring-fake.js';
import { readIpcLog } from '../support/ipc-log.js';
import type { LoggedMessage } from '../support/ipc-log.js';
import { HEADER, Replay } from './ipc-replay.js';
import type { Field } from './ipc-replay.js';
import { ServiceNode } from './service-node.js';

/** Nodes that came up one after another, 1 first, as those of the captures did. */
function cluster(
  ringSeq: number,
  keys: Readonly<Record<string, number | string | boolean>> = {},
): [FakeCluster, ServiceNode[]] {
  const fake = new FakeCluster({ nodes: [1, 2, 3], random: seededRandom(7) });
  const nodes = fake.nodes.map((node) => new ServiceNode(node, { nodelist: [1, 2, 3], keys }));
  fake.nextRing(ringSeq - 8);
  fake.reform([1], [2], [3]);
  fake.settle();
  fake.reform([1, 2], [3]);
  fake.settle();
  fake.reform([1, 2, 3]);
  fake.settle();
  return [fake, nodes];
}

describe('CPG against real Corosync', () => {
  const list = (from: number, size: number, count: number, each: readonly Field[]): Field[] =>
    Array.from({ length: count }, (_, i) => each.map(([at, n]): Field => [from + size * i + at, n])).flat();
  const address: readonly Field[] = [
    [0, 4],
    [8, 4],
    [16, 4],
  ];
  const name: readonly Field[] = [
    [24, 4],
    [32, 3],
  ];
  const sized: readonly Field[] = [
    [0, 4],
    [8, 4],
  ];
  const fields = ({ kind, id, length, bytes }: LoggedMessage): readonly Field[] => {
    if (kind === 'event') {
      if (id === 4) {
        return [...HEADER, ...name, [160, 4], [168, 4], [176, 4], ...list(184, 24, (length - 184) / 24, address)];
      }
      if (id === 5) return [...sized, ...name, [160, 4], [168, 4], [176, 4], [184, length - 184]];
      if (id === 17) return [...sized, ...name, [160, 4], [168, 4], [176, 4], [184, 4], [192, 4]];
      return [...HEADER, [24, 4], [32, 8], [40, 4], [44, length - 48]];
    }
    if (id === 3) return [...HEADER, [24, 4], ...list(32, 24, 2, [[0, 4], [8, 4]])]; // prettier-ignore
    if (id === 7) return [...HEADER, [24, 4]];
    if (id === 10 && bytes[16] === 1) return [...HEADER, ...name, [160, 8]];
    return HEADER;
  };

  /** Another process joins the same group on another node. */
  function joinOther({ cpg }: ServiceNode, join: Uint8Array, pid: number): void {
    const bytes = join.slice();
    new DataView(bytes.buffer).setUint32(152, pid, true);
    new FakeClient(cpg, 1).request(bytes);
  }

  it('answers and tells a client what ipc-cpg.txt has', () => {
    const [fake, nodes] = cluster(13);
    // Zero-copy has a test of its own: its requests, its answers without an id, and the message sent by it.
    const log = readIpcLog('ipc-cpg.txt').filter(({ kind, id, length, bytes }) => {
      if (kind === 'request') return id < 9;
      return kind === 'event' ? length !== 284 : id > 2 || (id < 2 && bytes[16] === 1);
    });
    joinOther(nodes[1]!, log[0]!.bytes, 0x2d31);
    fake.settle();
    let handle: Uint8Array | undefined;
    const replay = new Replay(nodes[0]!.cpg, fake, fields, ({ id }, bytes) => {
      if ((id === 6 || id === 7) && handle) bytes.set(handle, 16);
    });
    replay.answered = ({ id }, actual) => {
      if (id === 9) handle = actual.slice(24, 32);
    };
    replay.run(log);
    replay.end();
    expect(replay.compared).to.equal(14);
  });

  it('answers and tells a client what ipc-cpg-partial.txt has', () => {
    const [fake, nodes] = cluster(13);
    const whole = readIpcLog('ipc-cpg-partial.txt');
    // Sends that the library had to repeat because of flow control have no answer.
    const log = whole.filter(({ kind }, index) => kind !== 'request' || whole[index + 1]?.kind === 'response');
    joinOther(nodes[1]!, log[0]!.bytes, 2000);
    fake.settle();
    const replay = new Replay(nodes[0]!.cpg, fake, fields);
    replay.run(log);
    replay.end();
    expect(replay.compared).to.equal(8);
  });
});

describe('quorum against real Corosync', () => {
  const fields = ({ kind, id, length }: LoggedMessage): readonly Field[] => {
    if (kind === 'response') return length > 24 ? [...HEADER, [24, 4]] : HEADER;
    if (id === 7) return [...HEADER, [24, 4], [32, 8], [40, 4], [48, 4], [56, 4], [60, length - 64]];
    if (id === 6) return [...HEADER, [24, 4], [32, 4], [40, 8], [48, 4], [52, length - 56]];
    return [...HEADER, [24, 4], [32, 8], [40, 4], [44, length - 48]];
  };

  for (const [file, changesAt] of [
    ['ipc-quorum-v1.txt', 12],
    ['ipc-quorum-v0.txt', 10],
  ] as const) {
    it(`answers and tells a client what ${file} has`, () => {
      const log = readIpcLog(file);
      const [fake, nodes] = cluster(13);
      const replay = new Replay(nodes[0]!.quorum, fake, fields);
      // The events in the middle are those of node 3 leaving and coming back.
      const before = log.slice(0, changesAt);
      const rest = log.slice(changesAt);
      replay.run(before);
      fake.nextRing(17);
      fake.reform([1, 2]);
      fake.settle();
      fake.nextRing(22);
      fake.reform([1, 2, 3]);
      fake.settle();
      replay.run(rest);
      replay.end();
      expect(replay.compared).to.equal(log.filter(({ kind }) => kind !== 'request').length);
    });
  }
});

describe('votequorum against real Corosync', () => {
  const fields = ({ kind, id, length, bytes }: LoggedMessage): readonly Field[] => {
    if (kind === 'response' && id === 1) return bytes[16] === 1 ? [...HEADER, [24, 291]] : HEADER;
    if (kind === 'response') return HEADER;
    if (id === 3) return [...HEADER, [24, 4], [32, 8], [40, 4], [48, length - 48]];
    if (id === 4) return [...HEADER, [24, 8], [32, 4]];
    return [...HEADER, [24, 8], [32, 4], [40, 8], [48, 4], [56, length - 56]];
  };

  it('tells a client what ipc-votequorum-track.txt has', () => {
    const log = readIpcLog('ipc-votequorum-track.txt');
    const [fake, nodes] = cluster(13);
    const replay = new Replay(nodes[0]!.votequorum, fake, fields);
    replay.run(log.slice(0, 8));
    fake.nextRing(17);
    fake.reform([1, 2]);
    fake.settle();
    fake.nextRing(22);
    fake.reform([1, 2, 3]);
    fake.settle();
    replay.run(log.slice(8, 12));
    const other = new FakeClient(nodes[1]!.votequorum, 1);
    for (const votes of [4, 3]) {
      expect(other.ask(setExpected(votes))).to.equal(1);
      fake.settle();
    }
    replay.run(log.slice(12));
    replay.end();
    expect(replay.compared).to.equal(12);
  });

  it('answers what ipc-votequorum-qdevice.txt has', () => {
    const log = readIpcLog('ipc-votequorum-qdevice.txt');
    const [fake, nodes] = cluster(9, { 'quorum.device.model': 'net', 'quorum.device.votes': 0 });
    const replay = new Replay(nodes[0]!.votequorum, fake, fields);
    // This log's events of quorum changes were not read while the requests went on: they come at its end.
    replay.run(log.filter(({ kind }) => kind !== 'event'));
    const told = log.filter(({ kind, id }) => kind === 'event' && id !== 3);
    const events = replay.client.events.splice(0);
    replay.client.events.push(...events.filter((bytes) => bytes[0] !== 3));
    replay.run(told);
    replay.end();
  });
});

function setExpected(votes: number): Uint8Array {
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 1, true);
  view.setInt32(8, 24, true);
  view.setUint32(16, votes, true);
  return bytes;
}

describe('cmap against real Corosync', () => {
  const fields = ({ kind, id, length, bytes }: LoggedMessage): readonly Field[] => {
    if (kind === 'event')
      return [...HEADER, [24, 8], [32, 2], [40, 255], [296, 4], [304, 1], [312, 1], [320, length - 320]];
    const ok = bytes[16] === 1;
    if (id === 2) return ok ? [...HEADER, [24, 8], [32, 1], [40, length - 40]] : HEADER;
    if (id === 5) return ok ? [...HEADER, [24, 2], [32, 255], [288, 8], [296, 1]] : HEADER;
    if (id === 8) return [...HEADER, [24, 8]];
    return HEADER;
  };

  /** Requests carry handles that an answer gave: those of this run take their place. */
  function replayMap(file: string, prepare: (node: ServiceNode) => void): void {
    const log = readIpcLog(file);
    const fake = new FakeCluster({ nodes: [1], random: seededRandom(7) });
    const clock = new FakeClock();
    const node = new ServiceNode(fake.node(1), { nodelist: [1, 2, 3], keys: { 'totem.cluster_name': 'lab' }, clock });
    prepare(node);
    const handles = new Map<string, Uint8Array>();
    const key = (id: number, bytes: Uint8Array): string => `${id} ${Buffer.from(bytes).toString('hex')}`;
    const replay = new Replay(node.cmap, fake, fields, ({ id }, bytes) => {
      const kind = id === 8 ? 7 : 4;
      if (id !== 5 && id !== 6 && id !== 8) return;
      const handle = handles.get(key(kind, bytes.subarray(16, 24)));
      if (handle) bytes.set(handle, 16);
    });
    replay.answered = ({ id, bytes }, actual) => {
      if (id === 4 || id === 7) handles.set(key(id, bytes.subarray(24, 32)), actual.slice(24, 32));
    };
    const ticks = file === 'ipc-cmap-stats.txt';
    for (const message of log) {
      if (ticks && message.kind === 'event') clock.advance(1500);
      replay.step(message);
    }
    replay.end();
    expect(replay.compared).to.equal(log.filter(({ kind }) => kind !== 'request').length);
  }

  it('answers and tells a client what ipc-cmap.txt has', () => {
    replayMap('ipc-cmap.txt', () => undefined);
  });

  it('answers and tells a client what ipc-cmap-stats.txt has', () => {
    const counted = readIpcLog('ipc-cmap-stats.txt')
      .filter(({ kind }) => kind === 'event')
      .map(({ bytes }) => new DataView(bytes.buffer).getBigUint64(336, true));
    replayMap('ipc-cmap-stats.txt', (node) => {
      // The first reading is the one the tracker starts from.
      const readings = [0n, ...counted];
      node.statistics.supplyNumber('stats.srp.orf_token_rx', 8, () => readings.shift() ?? counted.at(-1)!);
    });
  });
});

describe('cfg against real Corosync', () => {
  it('asks and answers what ipc-cfg-shutdown.txt has', () => {
    const log = readIpcLog('ipc-cfg-shutdown.txt');
    const [fake, nodes] = cluster(13);
    const tracker = new Replay(nodes[0]!.cfg, fake, () => HEADER);
    const tool = new Replay(nodes[0]!.cfg, fake, () => HEADER);
    const asked = log.findIndex(({ kind, id }) => kind === 'request' && id === 3);
    const [start, started, question, reply, replied] = log.slice(0, asked);
    tracker.run([start!, started!]);
    tool.step(log[asked]!);
    tracker.run([question!, reply!, replied!]);
    tool.run(log.slice(asked + 1));
    tracker.end();
    tool.end();
    expect(tracker.compared + tool.compared).to.equal(4);
    expect(nodes.map(({ shutdowns }) => shutdowns.map(({ code }) => code))).to.deep.equal([[0], [], []]);
  });
});
