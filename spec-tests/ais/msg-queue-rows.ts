import { expect } from 'chai';
import { A_01_01, B_01_01, DispatchFlags, SA_TIME_END } from 'chorale/sdk';
import type { SaVersion, SaVersionError } from 'chorale/sdk';
import { GroupPolicy } from '../../plugins/msg/index.js';
import { outcomeName } from './cluster.js';
import { CREATE, EMPTY, MsgCluster, PERSISTENT, RECEIVE_CALLBACK, WILD, attributes, ms, text } from './msg-cluster.js';
import type { ConformanceTable } from './rows.js';

/** Rows of the library's life, and of opening queues. */
export function queueRows(table: ConformanceTable): void {
  table.row(['MSG-INIT-01', 'MSG-INIT-02'], 'with all callbacks, and without any', async () => {
    const all = await MsgCluster.of();
    const { library, msg } = await all.process();
    expect(msg.version).to.deep.equal(B_01_01);
    for (const callbacks of [null, undefined, {}]) {
      const other = await all.ais.settled(library.initialize(callbacks, B_01_01));
      expect(other.handle).to.not.equal(msg.handle);
    }
  });
  table.row('MSG-INIT-03', 'no version; the handle is the result', async () => {
    const all = await MsgCluster.of();
    const { library } = await all.process();
    expect(await all.ais.outcome(() => library.initialize({}, null as never))).to.equal('INVALID_PARAM');
  });
  table.row('MSG-INIT-04', 'versions that are not served', async () => {
    const all = await MsgCluster.of();
    const { library } = await all.process();
    const asked: SaVersion[] = [
      A_01_01,
      { releaseCode: 'C', majorVersion: 1, minorVersion: 1 },
      { releaseCode: 'B', majorVersion: 2, minorVersion: 1 },
    ];
    for (const version of asked) {
      const error = (await all.ais.error(() => library.initialize({}, version))) as SaVersionError;
      expect([outcomeName(error), error.supported]).to.deep.equal(['VERSION', B_01_01]);
    }
  });
  table.row(['MSG-INIT-05', 'MSG-INIT-06'], 'finalize with an open queue, twice', async () => {
    const all = await MsgCluster.of();
    const [a, b] = [await all.process(), await all.process()];
    await a.open();
    expect(await a.send('Q', 'one')).to.equal('OK');
    expect(await all.ais.outcome(() => a.msg.finalize())).to.equal('OK');
    expect(await all.ais.outcome(() => a.msg.finalize())).to.equal('BAD_HANDLE');
    await all.ais.quiet();
    expect(await b.drain(await b.open('Q', null))).to.deep.equal(['one']);
    await all.ais.settled(b.msg.finalize());
    await all.ais.quiet(10_500);
    expect(await (await all.process()).opens('Q', null), 'after the retention time').to.equal('NOT_EXIST');
  });
  table.row('MSG-INIT-07', 'finalize while a group is tracked', async () => {
    const all = await MsgCluster.of();
    const [a, b] = [await all.process(), await all.process()];
    await b.group('G', []);
    await all.ais.settled(a.msg.queueGroupTrack('G', 2));
    await all.ais.settled(a.msg.finalize());
    await b.open();
    await all.ais.settled(b.msg.queueGroupInsert('G', 'Q'));
    await all.ais.quiet();
    expect(a.tracked).to.deep.equal([]);
  });
  table.row('MSG-INIT-08', 'flags of dispatch that are none', async () => {
    const all = await MsgCluster.of();
    const { msg } = await all.process();
    for (const flags of [0, 4, -1]) {
      expect(await all.ais.outcome(() => msg.dispatch(flags as never))).to.equal('INVALID_PARAM');
    }
    expect(await all.ais.outcome(() => msg.dispatch(DispatchFlags.ALL))).to.equal('OK');
  });
  table.notApplicable('MSG-INIT-09', 'there is no output pointer: the selection object is the result');

  for (const [id, title, different] of [
    ['MSG-OPEN-01', 'new', {}],
    ['MSG-OPEN-02', 'persistent', { creationFlags: PERSISTENT }],
    ['MSG-OPEN-03', 'all sizes 0', { size: [0, 0, 0, 0] }],
  ] as const) {
    table.row(id, title, async () => {
      const all = await MsgCluster.of();
      const a = await all.process();
      expect(await a.opens('Q', different)).to.equal('OK');
    });
  }
  table.row('MSG-OPEN-04', 'retention 0: deleted at close', async () => {
    const all = await MsgCluster.of();
    const a = await all.process();
    await all.ais.settled((await a.open('Q', { retentionTime: 0n })).close());
    expect(await a.opens('Q', null)).to.equal('NOT_EXIST');
  });
  table.row(
    ['MSG-OPEN-05', 'MSG-OPEN-06', 'MSG-OPEN-07', 'MSG-OPEN-08', 'MSG-OPEN-09'],
    'an existing queue',
    async () => {
      const all = await MsgCluster.of();
      const a = await all.process();
      const first = await a.open();
      await a.send('Q', 'one');
      await all.ais.settled(first.close());
      await all.ais.settled((await a.open('Q', null)).close());
      await all.ais.settled((await a.open('Q')).close());
      expect(await a.opens('Q', { size: [512, 512, 512, 513] })).to.equal('EXIST');
      expect(await a.opens('Q', { creationFlags: PERSISTENT })).to.equal('EXIST');
      const last = await a.open('Q', { retentionTime: ms(1) });
      expect(await a.drain(last), 'its messages').to.deep.equal(['one']);
    },
  );
  table.row('MSG-OPEN-10', 'an unknown name without CREATE', async () => {
    const all = await MsgCluster.of();
    expect(await (await all.process()).opens('nowhere', null)).to.equal('NOT_EXIST');
  });
  table.row(['MSG-OPEN-11', 'MSG-OPEN-12'], 'open already, here, in another process, on another node', async () => {
    const all = await MsgCluster.of([1, 2]);
    const a = await all.process();
    await a.open();
    for (const other of [a, await all.process(1), await all.process(2)]) {
      expect([await other.opens(), await other.opens('Q', null)]).to.deep.equal(['BUSY', 'BUSY']);
    }
  });
  table.row(['MSG-OPEN-13', 'MSG-OPEN-14', 'MSG-OPEN-18', 'MSG-OPEN-20'], 'arguments that cannot be', async () => {
    const all = await MsgCluster.of();
    const { msg } = await all.process();
    for (const call of [
      () => msg.queueOpen('Q', null, CREATE, SA_TIME_END),
      () => msg.queueOpen('Q', attributes(), 0, SA_TIME_END),
      () => msg.queueOpen(null as never, attributes(), CREATE, SA_TIME_END),
      () => msg.queueOpen('x'.repeat(257), attributes(), CREATE, SA_TIME_END),
      () => msg.queueOpen('Q', attributes(), CREATE, -1n),
      () => msg.queueOpen('Q', attributes({ retentionTime: -1n }), CREATE, SA_TIME_END),
      () => msg.queueOpen('Q', attributes({ size: [1, 2, 3] }), CREATE, SA_TIME_END),
      () => msg.queueOpen('Q', attributes({ size: [1, 2, 3, -4] }), CREATE, SA_TIME_END),
    ]) {
      expect(await all.ais.outcome(call)).to.equal('INVALID_PARAM');
    }
  });
  table.row(['MSG-OPEN-15', 'MSG-OPEN-16'], 'unknown flags', async () => {
    const all = await MsgCluster.of();
    const a = await all.process();
    expect(await a.opens('Q', {}, 0x8)).to.equal('BAD_FLAGS');
    expect(await a.opens('Q', { creationFlags: 2 })).to.equal('BAD_FLAGS');
  });
  table.row('MSG-OPEN-17', 'RECEIVE_CALLBACK without that callback', async () => {
    const all = await MsgCluster.of();
    const a = await all.process(1, { without: ['messageReceived'] });
    expect(await a.opens('Q', {}, RECEIVE_CALLBACK)).to.equal('INIT');
    expect(await a.opens('Q', null), 'nothing was made').to.equal('NOT_EXIST');
  });
  table.row('MSG-OPEN-19', 'timeout 0', async () => {
    const all = await MsgCluster.of();
    const { msg } = await all.process();
    expect(await all.ais.outcome(() => msg.queueOpen('Q', attributes(), CREATE, 0n))).to.equal('TIMEOUT');
  });
  table.row('MSG-OPEN-19', 'what opens after its timeout is closed again', async () => {
    const all = await MsgCluster.of();
    const a = await all.process();
    expect(await all.ais.outcome(() => a.msg.queueOpen('Q', attributes(), CREATE, 1n))).to.equal('TIMEOUT');
    await all.ais.quiet();
    expect(await a.opens('Q')).to.equal('OK');
  });
  table.row('MSG-OPEN-21', 'EMPTY', async () => {
    const all = await MsgCluster.of();
    const a = await all.process();
    const queue = await a.open();
    for (const priority of [0, 3]) await a.send('Q', text('x', priority));
    await all.ais.settled(queue.close());
    await a.open('Q', null, EMPTY);
    expect(await a.counts()).to.deep.equal([0, 0, 0, 0]);
  });
  table.row(['MSG-OPEN-22', 'MSG-OPEN-23'], 'RECEIVE_CALLBACK on a queue with messages', async () => {
    const all = await MsgCluster.of();
    const a = await all.process();
    const first = await a.open();
    await a.send('Q', 'one');
    await all.ais.settled(first.close());
    const second = await a.open('Q', null, RECEIVE_CALLBACK);
    await all.ais.quiet();
    expect(a.received).to.deep.equal([second.handle]);
    await all.ais.settled(second.close());
    await a.open('Q', null, RECEIVE_CALLBACK | EMPTY);
    await all.ais.quiet();
    expect(a.received).to.deep.equal([second.handle]);
  });
  table.row(
    ['MSG-OPEN-24', 'MSG-CLOSE-17', 'MSG-CLOSE-24', 'MSG-GRP-06', 'MSG-GRP-12', 'MSG-TRK-14'],
    'finalized',
    async () => {
      const all = await MsgCluster.of();
      const { msg, library } = await all.process();
      await all.ais.settled(msg.finalize());
      for (const call of [
        () => library.at(WILD).queueUnlink('Q'),
        () => library.at(msg.handle),
        () => msg.queueOpen('Q', attributes(), CREATE, SA_TIME_END),
        () => msg.queueOpenAsync(1n, 'Q', attributes(), CREATE),
        () => msg.queueStatusGet('Q'),
        () => msg.queueUnlink('Q'),
        () => msg.queueGroupCreate('G', GroupPolicy.ROUND_ROBIN),
        () => msg.queueGroupInsert('G', 'Q'),
        () => msg.queueGroupRemove('G', 'Q'),
        () => msg.queueGroupDelete('G'),
        () => msg.queueGroupTrack('G', 2),
        () => msg.queueGroupTrackStop('G'),
      ]) {
        expect(await all.ais.outcome(call)).to.equal('BAD_HANDLE');
      }
    },
  );
  table.row(['MSG-OPEN-25', 'MSG-OPEN-26'], 'asynchronously', async () => {
    const all = await MsgCluster.of();
    const a = await all.process();
    a.msg.queueOpenAsync(2n ** 64n - 1n, 'Q', attributes(), CREATE);
    a.msg.queueOpenAsync(7n, 'nowhere', null, 0);
    await all.ais.quiet();
    expect(a.log).to.deep.equal([`open ${2n ** 64n - 1n} OK`, 'open 7 NOT_EXIST']);
    await a.send('Q', 'one');
    expect(await a.drain(a.opened[0]!)).to.deep.equal(['one']);
  });
  table.row(['MSG-OPEN-27', 'MSG-OPEN-28'], 'asynchronously, in the way', async () => {
    const all = await MsgCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    const queue = await a.open();
    b.msg.queueOpenAsync(1n, 'Q', null, 0);
    await all.ais.quiet();
    await all.ais.settled(queue.close());
    b.msg.queueOpenAsync(2n, 'Q', attributes({ creationFlags: PERSISTENT }), CREATE);
    await all.ais.quiet();
    expect(b.log).to.deep.equal(['open 1 BUSY', 'open 2 EXIST']);
  });
  table.row(
    ['MSG-OPEN-29', 'MSG-OPEN-30', 'MSG-OPEN-31', 'MSG-OPEN-32'],
    'asynchronously, refused at once',
    async () => {
      const all = await MsgCluster.of();
      const none = await all.process(1, { without: ['queueOpen'] });
      expect(await all.ais.outcome(() => none.msg.queueOpenAsync(1n, 'Q', attributes(), CREATE))).to.equal('INIT');
      const a = await all.process(1, { without: ['messageReceived'] });
      for (const [name, given, flags, outcome] of [
        ['Q', attributes(), 0, 'INVALID_PARAM'],
        ['Q', null, CREATE, 'INVALID_PARAM'],
        [null as never, null, 0, 'INVALID_PARAM'],
        ['Q', null, 8, 'BAD_FLAGS'],
        ['Q', null, RECEIVE_CALLBACK, 'INIT'],
      ] as const) {
        expect(await all.ais.outcome(() => a.msg.queueOpenAsync(1n, name, given, flags))).to.equal(outcome);
      }
      await all.ais.quiet();
      expect([...none.log, ...a.log]).to.deep.equal([]);
    },
  );
}
