import { expect } from 'chai';
import { TrackFlags } from 'chorale/sdk';
import { GroupPolicy, groupBuffer } from '../../plugins/msg/index.js';
import { MsgCluster, itemsOf } from './msg-cluster.js';
import type { MsgProcess } from './msg-cluster.js';
import type { ConformanceTable } from './rows.js';

const { CURRENT, CHANGES, CHANGES_ONLY } = TrackFlags;
const { ROUND_ROBIN } = GroupPolicy;

/** A process, and a group G of these queues. */
async function groupOf(...queues: string[]): Promise<{ all: MsgCluster; a: MsgProcess }> {
  const all = await MsgCluster.of();
  const a = await all.process();
  await a.group('G', queues);
  return { all, a };
}

/** Rows of queue groups, and of following them. */
export function groupRows(table: ConformanceTable): void {
  table.row(['MSG-GRP-01', 'MSG-GRP-03'], 'every policy, and none', async () => {
    const all = await MsgCluster.of();
    const { msg } = await all.process();
    for (const policy of Object.values(GroupPolicy)) {
      expect(await all.ais.outcome(() => msg.queueGroupCreate(`G${policy}`, policy))).to.equal('OK');
    }
    for (const policy of [0, 5, undefined]) {
      expect(await all.ais.outcome(() => msg.queueGroupCreate('G', policy as never))).to.equal('INVALID_PARAM');
    }
  });
  table.row(['MSG-GRP-02', 'MSG-GRP-05'], 'a name that is taken', async () => {
    const { all, a } = await groupOf();
    await a.open('Q');
    for (const name of ['G', 'Q']) {
      expect(await all.ais.outcome(() => a.msg.queueGroupCreate(name, ROUND_ROBIN))).to.equal('EXIST');
    }
    expect(await a.opens('G'), 'a queue of that name').to.equal('EXIST');
  });
  table.row(
    ['MSG-GRP-04', 'MSG-GRP-11', 'MSG-GRP-15', 'MSG-GRP-19', 'MSG-TRK-13', 'MSG-TRK-26'],
    'no name',
    async () => {
      const { all, a } = await groupOf('Q');
      const none = null as never;
      for (const call of [
        () => a.msg.queueGroupCreate(none, ROUND_ROBIN),
        () => a.msg.queueGroupInsert(none, 'Q'),
        () => a.msg.queueGroupInsert('G', none),
        () => a.msg.queueGroupRemove(none, 'Q'),
        () => a.msg.queueGroupRemove('G', none),
        () => a.msg.queueGroupDelete(none),
        () => a.msg.queueGroupTrack(none, CHANGES),
        () => a.msg.queueGroupTrackStop(none),
      ]) {
        expect(await all.ais.outcome(call)).to.equal('INVALID_PARAM');
      }
    },
  );
  table.row(['MSG-GRP-07', 'MSG-GRP-08', 'MSG-GRP-09', 'MSG-GRP-10'], 'insert', async () => {
    const { all, a } = await groupOf();
    await a.group('H', []);
    await a.open();
    const inserts = (group: string, queue: string): Promise<string> =>
      all.ais.outcome(() => a.msg.queueGroupInsert(group, queue));
    expect(await inserts('G', 'Q')).to.equal('OK');
    expect(await inserts('G', 'Q')).to.equal('EXIST');
    expect(await inserts('H', 'Q')).to.equal('OK');
    expect(await inserts('nowhere', 'Q')).to.equal('NOT_EXIST');
    expect(await inserts('G', 'nowhere')).to.equal('NOT_EXIST');
  });
  table.row(['MSG-GRP-13', 'MSG-GRP-14'], 'remove', async () => {
    const { all, a } = await groupOf('Q', 'R');
    const removes = (group: string, queue: string): Promise<string> =>
      all.ais.outcome(() => a.msg.queueGroupRemove(group, queue));
    expect(await removes('G', 'Q')).to.equal('OK');
    for (let i = 0; i < 3; i++) await a.send('G', 'one');
    expect([await a.counts('Q'), await a.counts('R')]).to.deep.equal([
      [0, 0, 0, 0],
      [0, 0, 0, 3],
    ]);
    expect([await removes('G', 'Q'), await removes('G', 'nowhere'), await removes('H', 'R')]).to.deep.equal(
      Array(3).fill('NOT_EXIST'),
    );
  });
  table.row(['MSG-GRP-16', 'MSG-GRP-17', 'MSG-GRP-18'], 'delete', async () => {
    const { all, a } = await groupOf('Q');
    await a.group('H', []);
    for (const group of ['G', 'H']) {
      expect(await all.ais.outcome(() => a.msg.queueGroupDelete(group))).to.equal('OK');
      expect(await all.ais.outcome(() => a.msg.queueGroupInsert(group, 'Q'))).to.equal('NOT_EXIST');
      expect(await all.ais.outcome(() => a.msg.queueGroupDelete(group))).to.equal('NOT_EXIST');
    }
    expect(await a.send('Q', 'one'), 'its queue').to.equal('OK');
  });
  table.row('MSG-GRP-20', 'it outlives its maker', async () => {
    const { all, a } = await groupOf();
    await all.ais.settled(a.msg.finalize());
    await all.ais.quiet();
    const b = await all.process();
    expect(await all.ais.outcome(() => b.msg.queueGroupCreate('G', ROUND_ROBIN))).to.equal('EXIST');
  });

  table.row(
    ['MSG-TRK-01', 'MSG-TRK-02', 'MSG-TRK-03', 'MSG-TRK-04', 'MSG-TRK-08'],
    'CURRENT into a buffer',
    async () => {
      const { all } = await groupOf('Q', 'R');
      const b = await all.process(1, { without: ['queueGroupTrack'] });
      for (const capacity of [8, undefined]) {
        const buffer = groupBuffer(capacity);
        await all.ais.settled(b.msg.queueGroupTrack('G', CURRENT, buffer));
        expect([buffer.numberOfItems, buffer.queueGroupPolicy]).to.deep.equal([2, ROUND_ROBIN]);
        expect(itemsOf(buffer)).to.deep.equal(['Q NO_CHANGE', 'R NO_CHANGE']);
        expect(buffer.notification[0]!.member.sendingState).to.equal(2);
      }
      const short = groupBuffer(1);
      expect(await all.ais.outcome(() => b.msg.queueGroupTrack('G', CURRENT, short))).to.equal('NO_SPACE');
      expect(short.numberOfItems).to.equal(2);
      const none = groupBuffer(0);
      expect(await all.ais.outcome(() => b.msg.queueGroupTrack('G', CURRENT, none))).to.equal('INVALID_PARAM');
    },
  );
  table.row('MSG-TRK-05', 'CURRENT of an empty group', async () => {
    const { all, a } = await groupOf();
    const buffer = groupBuffer(8);
    await all.ais.settled(a.msg.queueGroupTrack('G', CURRENT, buffer));
    expect(buffer.numberOfItems).to.equal(0);
  });
  table.row('MSG-TRK-06', 'CURRENT by the callback', async () => {
    const { all, a } = await groupOf('Q', 'R');
    await all.ais.settled(a.msg.queueGroupTrack('G', CURRENT));
    await all.ais.quiet();
    expect(a.tracked).to.deep.equal([{ group: 'G', items: ['Q NO_CHANGE', 'R NO_CHANGE'], members: 2 }]);
  });
  table.row(['MSG-TRK-07', 'MSG-TRK-09', 'MSG-TRK-10', 'MSG-TRK-12'], 'refused', async () => {
    const { all, a } = await groupOf('Q');
    const none = await all.process(1, { without: ['queueGroupTrack'] });
    for (const flags of [CURRENT, CHANGES, CHANGES_ONLY]) {
      expect(await all.ais.outcome(() => none.msg.queueGroupTrack('G', flags))).to.equal('INIT');
      expect(await all.ais.outcome(() => a.msg.queueGroupTrack('nowhere', flags))).to.equal('NOT_EXIST');
    }
    for (const flags of [CHANGES | CHANGES_ONLY, 0, 8]) {
      expect(await all.ais.outcome(() => a.msg.queueGroupTrack('G', flags))).to.equal('BAD_FLAGS');
    }
  });
  table.row('MSG-TRK-11', 'CHANGES ignores the buffer', async () => {
    const { all, a } = await groupOf();
    expect(await all.ais.outcome(() => a.msg.queueGroupTrack('G', CHANGES, groupBuffer(0)))).to.equal('OK');
  });
  for (const [ids, flags, added, removed] of [
    [['MSG-TRK-15', 'MSG-TRK-17'], CHANGES, ['Q NO_CHANGE', 'R ADDED'], ['R NO_CHANGE', 'Q REMOVED']],
    [['MSG-TRK-16', 'MSG-TRK-18', 'MSG-TRK-20'], CHANGES_ONLY, ['R ADDED'], ['Q REMOVED']],
  ] as const) {
    table.row(ids, `insert and remove, with flags ${flags}, by another node`, async () => {
      const all = await MsgCluster.of([1, 2]);
      const [a, b] = [await all.process(1), await all.process(2)];
      await a.group('G', ['Q']);
      await all.ais.settled(b.msg.queueGroupTrack('G', flags));
      await a.open('R');
      await all.ais.settled(a.msg.queueGroupInsert('G', 'R'));
      await all.ais.settled(a.msg.queueGroupRemove('G', 'Q'));
      await all.ais.quiet();
      expect(b.tracked).to.deep.equal([
        { group: 'G', items: added, members: 2 },
        { group: 'G', items: removed, members: 1 },
      ]);
    });
  }
  table.row(['MSG-TRK-19', 'MSG-TRK-23'], 'a member is closed, unlinked, deleted by its retention time', async () => {
    const all = await MsgCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    const [queue] = await a.group('G', ['Q', 'R']);
    await a.group('H', []);
    await all.ais.settled(a.msg.queueGroupInsert('H', 'R'));
    for (const group of ['G', 'H']) await all.ais.settled(b.msg.queueGroupTrack(group, CHANGES_ONLY));
    await all.ais.settled(queue!.close());
    await all.ais.quiet(1000);
    expect(b.tracked).to.deep.equal([]);
    await all.ais.settled(a.msg.queueUnlink('R'));
    await all.ais.quiet();
    expect(b.tracked.splice(0)).to.deep.equal([
      { group: 'G', items: ['R REMOVED'], members: 1 },
      { group: 'H', items: ['R REMOVED'], members: 0 },
    ]);
    await all.ais.quiet(10_000);
    expect(b.tracked).to.deep.equal([{ group: 'G', items: ['Q REMOVED'], members: 0 }]);
  });
  table.row('MSG-TRK-19', 'members are deleted with the node of their owner', async () => {
    const all = await MsgCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    await all.ais.settled(a.msg.queueGroupCreate('G', ROUND_ROBIN));
    await b.open('Q', { retentionTime: 0n });
    await all.ais.settled(a.msg.queueGroupInsert('G', 'Q'));
    await all.ais.settled(a.msg.queueGroupTrack('G', CHANGES));
    all.ais.cluster.crash(2);
    await all.ais.cluster.formed(1);
    await all.ais.quiet();
    expect(a.tracked).to.deep.equal([{ group: 'G', items: ['Q REMOVED'], members: 0 }]);
  });
  table.row('MSG-TRK-21', 'another mode', async () => {
    const { all, a } = await groupOf('Q');
    await all.ais.settled(a.msg.queueGroupTrack('G', CHANGES));
    await all.ais.settled(a.msg.queueGroupTrack('G', CHANGES_ONLY));
    await all.ais.settled(a.msg.queueGroupTrack('G', CURRENT, groupBuffer()));
    await a.open('R');
    await all.ais.settled(a.msg.queueGroupInsert('G', 'R'));
    await all.ais.quiet();
    expect(a.tracked).to.deep.equal([{ group: 'G', items: ['R ADDED'], members: 2 }]);
  });
  table.row('MSG-TRK-22', 'the group is deleted', async () => {
    const { all, a } = await groupOf('Q', 'R');
    await all.ais.settled(a.msg.queueGroupTrack('G', CHANGES));
    await all.ais.settled(a.msg.queueGroupDelete('G'));
    await all.ais.quiet();
    expect(a.tracked).to.deep.equal([{ group: 'G', items: ['Q REMOVED', 'R REMOVED'], members: 0 }]);
    expect(await all.ais.outcome(() => a.msg.queueGroupTrackStop('G'))).to.equal('NOT_EXIST');
  });
  table.row(['MSG-TRK-24', 'MSG-TRK-25', 'MSG-TRK-27'], 'track stop', async () => {
    const { all, a } = await groupOf('Q');
    await a.group('H', []);
    const stops = (group: string): Promise<string> => all.ais.outcome(() => a.msg.queueGroupTrackStop(group));
    for (const group of ['G', 'H']) await all.ais.settled(a.msg.queueGroupTrack(group, CHANGES_ONLY));
    expect([await stops('G'), await stops('G'), await stops('nowhere')]).to.deep.equal([
      'OK',
      'NOT_EXIST',
      'NOT_EXIST',
    ]);
    await all.ais.settled(a.msg.queueGroupRemove('G', 'Q'));
    await all.ais.settled(a.msg.queueGroupInsert('H', 'Q'));
    await all.ais.quiet();
    expect(a.tracked).to.deep.equal([{ group: 'H', items: ['Q ADDED'], members: 1 }]);
    await all.ais.settled(a.msg.queueGroupTrack('G', CURRENT, groupBuffer()));
    expect(await stops('G'), 'only CURRENT was asked for').to.equal('NOT_EXIST');
  });
}
