import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requestMessage } from '../../core/base/client-message.js';
import { MessageView } from '../../core/base/message-view.js';
import type { CsError } from '../../core/base/errors.js';
import { ClientHub } from '../../core/host/client-hub.js';
import type { NodeStatus } from '../../core/host/node-status.js';
import { connect } from '../../core/ipc/client.js';
import { ControlClient } from '../../core/ipc/control-client.js';
import type { Overview } from '../../core/ipc/overview.js';
import { ControlRequest, ControlService } from '../../core/ipc/control-service.js';
import type { ControlActions } from '../../core/ipc/control-service.js';
import { LibqbServer } from '../../core/ipc/libqb/server.js';

const status: NodeStatus = {
  nodeId: 3,
  state: 'operational',
  ringId: '1.2d',
  members: [1, 3, 4_000_000_000],
  rotationMs: 0.25,
  rates: { sent: 1.5, delivered: 3, retransmitted: 0, tokens: 1234.5 },
  services: [
    {
      name: 'cpg',
      version: '1.0.0',
      service: 'cpg',
      id: 2,
      state: 'failed',
      bugs: 1,
      failure: 'start: no',
      clients: 2,
      rx: [0, 5_000_000_000],
      tx: [],
    },
  ],
};

const overview: Overview = {
  status,
  version: '1.2.3',
  clusterName: 'home',
  configFile: '/etc/corosync/corosync.conf',
  startedMs: 1_790_000_000_000,
  nowMs: 1_790_000_000_001.5,
  nodes: [
    { nodeId: 3, name: 'n3', addresses: ['10.0.0.3'], local: true, member: true, votes: 0 },
    { nodeId: 4_000_000_000, addresses: [], local: false, member: false },
  ],
  quorum: {
    provider: 'corosync_votequorum',
    quorate: true,
    needed: 2,
    totalVotes: 3,
    expectedVotes: 3,
    highestExpected: 3,
    flags: ['Quorate', 'Qdevice'],
    waitingForAll: false,
    qdevice: { name: 'Qdevice', votes: 1, alive: true, castsVote: false, masterWins: false },
  },
  links: [{ link: 0, transport: 'udpu', address: '10.0.0.3', port: 5405, reached: 0, others: 1 }],
  clients: [
    { id: 7, service: 'cpg', pid: 12, program: 'node', group: 'g', requests: 1, events: 2, delayed: 3, queued: 4 },
  ],
  groups: [{ name: 'g', processes: 1, nodes: [3] }],
  lastChange: { timeMs: 1_790_000_000_000, joined: [3], left: [2], count: 2 },
  totals: {
    sent: 1,
    delivered: 2,
    retransmitted: 3,
    retransmitRequests: 4,
    tokens: 5,
    tokensLost: 6,
    bytesSent: 5_000_000_000,
    bytesReceived: 8,
    sendErrors: 9,
    dropped: 10,
  },
  tokenAgeMs: 0.5,
  tokenTimeoutMs: 1000,
  continuousGather: 0,
  messagesWaiting: 0,
  logLinesLost: 0,
};

describe('control service', () => {
  let directory: string;
  let server: LibqbServer;
  let client: ControlClient;
  let path: string;
  let calls: unknown[];
  let current: NodeStatus;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'chorale-control-'));
    path = join(directory, 'node.sock');
    calls = [];
    current = status;
    const refuse = (): Promise<string> => Promise.reject(new Error('the file has an error. Correct it.'));
    const actions: ControlActions = {
      status: () => current,
      dump: () => ({ big: 12n, map: new Map([['a', 1]]), set: new Set([2]) }),
      reload: refuse,
      load: async (specifier) => `${calls.push(['load', specifier])} loaded`,
      unload: async (service) => `${calls.push(['unload', service])} unloaded`,
      restart: async (service, fresh) => `${calls.push(['restart', service, fresh])} restarted`,
      leave: async () => 'node 3 leaves the ring',
      overview: () => overview,
      log: (after) => {
        const number = after + 1;
        const record = { number, timeMs: 1_790_000_000_000.5, severity: 'debug', subsystem: 'TOTEM', text: 'x' };
        return { records: [record], more: number < 2, kept: true };
      },
    };
    const hub = new ClientHub({ synchronizing: true, canMulticast: () => false, whenRoom: () => undefined });
    hub.register(new ControlService(actions));
    server = new LibqbServer({
      gate: hub,
      log: { enabled: () => false, log: () => undefined },
      nameOf: () => path,
      rules: { u8: () => undefined, ownUid: process.getuid!() },
      isReady: () => true,
      queueUsed: () => 0,
    });
    server.offer(['control']);
    client = await ControlClient.connect({ path });
  });
  afterEach(() => {
    client.close();
    server.close();
    rmSync(directory, { recursive: true });
  });

  it('gives the status whole, also before the node is on a ring', async () => {
    expect(await client.status()).to.deep.equal(status);
    const { nodeId, rotationMs, rates } = status;
    const early: NodeStatus = { nodeId, rotationMs, rates, state: 'gather', members: [], services: [] };
    current = early;
    expect(await client.status()).to.deep.equal(early);
  });

  it('gives the overview whole', async () => {
    expect(await client.overview()).to.deep.equal(overview);
  });

  it('gives the log in pages', async () => {
    const first = await client.log();
    expect(first.records.map(({ number, text }) => [number, text])).to.deep.equal([[1, 'x']]);
    expect(first.more).to.equal(true);
    const second = await client.log(1);
    expect(second.records[0]).to.deep.equal({ ...first.records[0], number: 2 });
    expect({ more: second.more, kept: second.kept }).to.deep.equal({ more: false, kept: true });
  });

  it('gives a dump as plain data', async () => {
    expect(await client.dump()).to.deep.equal({ big: '12', map: { a: 1 }, set: [2] });
  });

  it('does what it is told and answers with a line', async () => {
    expect(await client.load('./my-engine.js')).to.equal('1 loaded');
    expect(await client.unload('mine')).to.equal('2 unloaded');
    expect(await client.restart('mine')).to.equal('3 restarted');
    expect(await client.restart('mine', true)).to.equal('4 restarted');
    expect(await client.leave()).to.equal('node 3 leaves the ring');
    expect(calls).to.deep.equal([
      ['load', './my-engine.js'],
      ['unload', 'mine'],
      ['restart', 'mine', false],
      ['restart', 'mine', true],
    ]);
  });

  it('says why it does not', async () => {
    const error = (await client.reload().catch((thrown: unknown) => thrown)) as CsError;
    expect(error.message).to.equal('CS_ERR_FAILED_OPERATION: the file has an error. Correct it.');
  });

  it('refuses what it does not know', async () => {
    const connection = await connect('control', { path });
    const answers = await Promise.all([
      connection.request(requestMessage(99)),
      connection.request(requestMessage(ControlRequest.LOAD, Uint8Array.of(10, 200, 1))),
      connection.request(requestMessage(-1)),
    ]);
    for (const answer of answers) expect(MessageView.over(answer).i32(16)).to.equal(7);
    connection.close();
  });
});
