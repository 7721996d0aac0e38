import { expect } from 'chai';
import { B_01_01, DispatchFlags, SA_TIME_END, SA_TIME_ONE_SECOND } from 'chorale/sdk';
import type { SaVersion, SaVersionError } from 'chorale/sdk';
import clmPlugin, {
  AddressFamily,
  ClmLibrary,
  ClusterChange,
  SA_CLM_LOCAL_NODE_ID,
  TrackFlags,
  notificationBuffer,
} from '../../plugins/clm/index.js';
import type { Clm, ClmCallbacks, ClusterNode } from '../../plugins/clm/index.js';
import { AisCluster, outcomeName } from './cluster.js';
import { ConformanceTable } from './rows.js';

const { CURRENT, CHANGES, CHANGES_ONLY } = TrackFlags;
const { NO_CHANGE, JOINED, LEFT } = ClusterChange;
const WILD = 0x1234_5678_9abcn;

interface Shown {
  readonly view: bigint;
  readonly members: number;
  /** `node: change`, by node. */
  readonly entries: Readonly<Record<number, number>>;
  readonly nodes: readonly ClusterNode[];
}

interface Program {
  readonly library: ClmLibrary;
  readonly clm: Clm;
  /** What the track callback was given. */
  readonly shown: Shown[];
  readonly got: { invocation: bigint; node: ClusterNode | undefined; error: string }[];
  /** Runs what is pending. */
  dispatch(): Promise<void>;
}

class ClmCluster {
  private constructor(readonly ais: AisCluster) {}

  static async of(nodes: readonly number[], start: readonly number[] = nodes): Promise<ClmCluster> {
    return new ClmCluster(await AisCluster.of(nodes, [clmPlugin], { start }));
  }

  library(nodeId: number): ClmLibrary {
    return new ClmLibrary(this.ais.cluster.program(nodeId));
  }

  async program(nodeId: number, library = this.library(nodeId)): Promise<Program> {
    const shown: Shown[] = [];
    const got: Program['got'] = [];
    const callbacks: ClmCallbacks = {
      clusterTrack: ({ viewNumber, notification, numberOfItems }, members, error) => {
        expect(error).to.equal(undefined);
        expect(numberOfItems).to.equal(notification.length);
        const entries = Object.fromEntries(notification.map((one) => [one.clusterNode.nodeId, one.clusterChange]));
        expect(Object.keys(entries), 'each node once').to.have.length(notification.length);
        shown.push({ view: viewNumber, members, entries, nodes: notification.map((one) => one.clusterNode) });
      },
      clusterNodeGet: (invocation, node, error) => {
        got.push({ invocation, node, error: error === undefined ? 'OK' : outcomeName(error) });
      },
    };
    const clm = await this.ais.settled(library.initialize(callbacks, B_01_01));
    const dispatch = async (): Promise<void> => {
      await this.ais.quiet();
      await clm.dispatch(DispatchFlags.ALL);
    };
    return { library, clm, shown, got, dispatch };
  }

  /** A program on a node that has all changes shown. */
  async tracking(nodeId: number, flags: number = CHANGES): Promise<Program> {
    const program = await this.program(nodeId);
    await this.ais.settled(program.clm.clusterTrack(flags));
    return program;
  }

  async add(nodeId: number, ...members: number[]): Promise<void> {
    this.ais.cluster.start(nodeId);
    await this.ais.cluster.formed(...members);
  }
}

const version = (releaseCode: string, majorVersion: number, minorVersion: number): SaVersion => ({
  releaseCode,
  majorVersion,
  minorVersion,
});

describe('CLM B.01.01', () => {
  const table = new ConformanceTable('clm');

  describe('initialise, version, finalise', () => {
    const served = async (asked: SaVersion): Promise<string> => {
      const all = await ClmCluster.of([1]);
      return all.ais.settled(
        all
          .library(1)
          .initialize({}, asked)
          .then(
            (clm) => `OK ${JSON.stringify(clm.version)}`,
            (error: SaVersionError) => `${outcomeName(error)} ${JSON.stringify(error.supported)}`,
          ),
      );
    };
    const b11 = JSON.stringify(B_01_01);
    table.row('CLM-INIT-01', 'B.01.01 is served', async () => {
      expect(await served(B_01_01)).to.equal(`OK ${b11}`);
    });
    table.row('CLM-INIT-02', 'without callbacks, synchronous calls work', async () => {
      const all = await ClmCluster.of([1]);
      const clm = await all.ais.settled(all.library(1).initialize(null, B_01_01));
      await all.ais.settled(clm.clusterNodeGet(SA_CLM_LOCAL_NODE_ID, SA_TIME_END));
    });
    table.row(['CLM-INIT-03', 'CLM-INIT-04'], 'one callback only', async () => {
      const all = await ClmCluster.of([1]);
      const nothing = (): void => undefined;
      const tracks = await all.ais.settled(all.library(1).initialize({ clusterTrack: nothing }, B_01_01));
      const gets = await all.ais.settled(all.library(1).initialize({ clusterNodeGet: nothing }, B_01_01));
      expect(await all.ais.outcome(() => tracks.clusterTrack(CURRENT))).to.equal('OK');
      expect(await all.ais.outcome(() => gets.clusterNodeGetAsync(1n, 1))).to.equal('OK');
      expect(await all.ais.outcome(() => tracks.clusterNodeGetAsync(1n, 1))).to.equal('INIT');
      expect(await all.ais.outcome(() => gets.clusterTrack(CURRENT))).to.equal('INIT');
    });
    table.row('CLM-INIT-05', 'no version (the handle is the result)', async () => {
      const all = await ClmCluster.of([1]);
      expect(await all.ais.outcome(() => all.library(1).initialize({}, null as never))).to.equal('INVALID_PARAM');
    });
    const versions: [string, SaVersion, string][] = [
      ['CLM-INIT-06', version('A', 1, 1), 'VERSION'],
      ['CLM-INIT-07', version('C', 1, 1), 'VERSION'],
      ['CLM-INIT-08', version('B', 1, 8), 'OK'],
      ['CLM-INIT-09', version('B', 2, 1), 'VERSION'],
      ['CLM-INIT-10', version('\0', 0, 0), 'VERSION'],
    ];
    for (const [id, asked, outcome] of versions) {
      table.row(id, `${JSON.stringify(asked)} is ${outcome}`, async () => {
        expect(await served(asked)).to.equal(`${outcome} ${b11}`);
      });
    }
    table.row('CLM-INIT-11', 'finalize drops a pending change', async () => {
      const all = await ClmCluster.of([1, 2], [1]);
      const { clm, shown } = await all.tracking(1);
      await all.add(2, 1, 2);
      expect(clm.selectionObjectGet().readable).to.equal(true);
      await all.ais.settled(clm.finalize());
      await all.ais.quiet();
      expect(shown).to.deep.equal([]);
    });
    table.row('CLM-INIT-12', 'finalize twice', async () => {
      const all = await ClmCluster.of([1]);
      const { clm } = await all.program(1);
      await all.ais.settled(clm.finalize());
      expect(await all.ais.outcome(() => clm.finalize())).to.equal('BAD_HANDLE');
    });
  });

  describe('cluster track, synchronous part', () => {
    /** Of a cluster of so many nodes, with a program on node 1. */
    const cluster = async (count = 1): Promise<{ all: ClmCluster } & Program> => {
      const all = await ClmCluster.of(Array.from({ length: count }, (_, i) => i + 1));
      return { all, ...(await all.program(1)) };
    };
    table.row('CLM-TRACK-01', 'a long buffer in a cluster of one', async () => {
      const { all, clm } = await cluster();
      const buffer = notificationBuffer(64);
      await all.ais.settled(clm.clusterTrack(CURRENT, buffer));
      expect(buffer.numberOfItems).to.equal(1);
      const [{ clusterNode, clusterChange }] = buffer.notification as [(typeof buffer.notification)[0]];
      expect(clusterChange).to.equal(NO_CHANGE);
      expect(clusterNode.member).to.equal(true);
      expect(clusterNode).to.deep.equal(
        await all.ais.settled(clm.clusterNodeGet(SA_CLM_LOCAL_NODE_ID, SA_TIME_ONE_SECOND)),
      );
    });
    table.row('CLM-TRACK-02', 'a buffer that the library makes', async () => {
      const { all, clm } = await cluster(3);
      const buffer = { ...notificationBuffer(), numberOfItems: 77 };
      await all.ais.settled(clm.clusterTrack(CURRENT, buffer));
      expect(buffer.numberOfItems).to.equal(3);
      expect(buffer.notification).to.have.length(3);
    });
    table.row('CLM-TRACK-03', 'a buffer for one entry too few', async () => {
      const { all, clm } = await cluster(3);
      const buffer = notificationBuffer(2);
      expect(await all.ais.outcome(() => clm.clusterTrack(CURRENT, buffer))).to.equal('NO_SPACE');
      expect(buffer.numberOfItems).to.equal(3);
    });
    table.row(['CLM-TRACK-04', 'CLM-TRACK-11'], 'a buffer that just fits has each member once', async () => {
      const { all, clm } = await cluster(3);
      const buffer = notificationBuffer(3);
      await all.ais.settled(clm.clusterTrack(CURRENT, buffer));
      expect(buffer.notification.map((one) => one.clusterNode.nodeId).sort()).to.deep.equal([1, 2, 3]);
    });
    table.row('CLM-TRACK-05', 'a buffer without room', async () => {
      const { all, clm } = await cluster();
      expect(await all.ais.outcome(() => clm.clusterTrack(CURRENT, notificationBuffer(0)))).to.equal('INVALID_PARAM');
    });
    table.row('CLM-TRACK-06', 'without a buffer one callback has all', async () => {
      const { all, clm, shown, dispatch } = await cluster(2);
      await all.ais.settled(clm.clusterTrack(CURRENT));
      await dispatch();
      expect(shown).to.have.length(1);
      expect(shown[0]).to.deep.include({ members: 2, entries: { 1: NO_CHANGE, 2: NO_CHANGE } });
    });
    const noCallback = async (flags: number, capacity?: number): Promise<string> => {
      const all = await ClmCluster.of([1]);
      const clm = await all.ais.settled(all.library(1).initialize({}, B_01_01));
      const buffer = capacity === undefined ? undefined : notificationBuffer(capacity);
      return all.ais.outcome(() => clm.clusterTrack(flags, buffer));
    };
    table.row('CLM-TRACK-07', 'CURRENT without a buffer needs the callback', async () => {
      expect(await noCallback(CURRENT)).to.equal('INIT');
    });
    table.row('CLM-TRACK-08', 'CURRENT with a buffer needs none', async () => {
      expect(await noCallback(CURRENT, 4)).to.equal('OK');
    });
    table.row('CLM-TRACK-09', 'CURRENT with a buffer calls back nobody', async () => {
      const { all, clm, shown, dispatch } = await cluster();
      await all.ais.settled(clm.clusterTrack(CURRENT, notificationBuffer(4)));
      await dispatch();
      expect(shown).to.deep.equal([]);
    });
    table.row('CLM-TRACK-10', 'twice the same, if nothing changes', async () => {
      const { all, clm } = await cluster(2);
      const [first, second] = [notificationBuffer(4), notificationBuffer(4)];
      await all.ais.settled(clm.clusterTrack(CURRENT, first));
      await all.ais.settled(clm.clusterTrack(CURRENT, second));
      expect(second).to.deep.equal(first);
    });
    table.row('CLM-TRACK-12', 'CHANGES needs the callback', async () => {
      expect(await noCallback(CHANGES)).to.equal('INIT');
      expect(await noCallback(CHANGES, 4)).to.equal('INIT');
    });
    table.row('CLM-TRACK-13', 'CHANGES_ONLY needs the callback', async () => {
      expect(await noCallback(CHANGES_ONLY)).to.equal('INIT');
    });
    table.row('CLM-TRACK-14', 'CURRENT and CHANGES with a buffer need the callback', async () => {
      expect(await noCallback(CURRENT | CHANGES, 4)).to.equal('INIT');
    });
    table.row('CLM-TRACK-15', 'CHANGES calls back at a change only', async () => {
      const all = await ClmCluster.of([1, 2], [1]);
      const { shown, dispatch } = await all.tracking(1);
      await dispatch();
      expect(shown).to.deep.equal([]);
      await all.add(2, 1, 2);
      await dispatch();
      expect(shown).to.have.length(1);
    });
    table.row('CLM-TRACK-16', 'CHANGES_ONLY does not look at the buffer', async () => {
      const { all, clm } = await cluster();
      expect(await all.ais.outcome(() => clm.clusterTrack(CHANGES_ONLY, notificationBuffer(0)))).to.equal('OK');
    });
    const badFlags: [string, number[]][] = [
      ['CLM-TRACK-17', [CHANGES | CHANGES_ONLY]],
      ['CLM-TRACK-18', [CURRENT | CHANGES | CHANGES_ONLY]],
      ['CLM-TRACK-19', [0]],
      ['CLM-TRACK-20', [0x08, 0x80, 0xff]],
    ];
    for (const [id, flags] of badFlags) {
      table.row(id, `flags ${flags.join(', ')}`, async () => {
        const { all, clm } = await cluster();
        for (const flag of flags) {
          expect(await all.ais.outcome(() => clm.clusterTrack(flag, notificationBuffer(4)))).to.equal('BAD_FLAGS');
        }
      });
    }
    table.row(['CLM-TRACK-21', 'CLM-TRACK-22'], 'a wild and a finalized handle', async () => {
      const { all, library, clm } = await cluster();
      expect(await all.ais.outcome(() => library.at(WILD).clusterTrack(CURRENT))).to.equal('BAD_HANDLE');
      await all.ais.settled(clm.finalize());
      expect(await all.ais.outcome(() => library.at(clm.handle))).to.equal('BAD_HANDLE');
      expect(await all.ais.outcome(() => clm.clusterTrack(CURRENT, notificationBuffer(4)))).to.equal('BAD_HANDLE');
    });
  });

  describe('cluster track, change callbacks', () => {
    table.row(['CLM-CHG-01', 'CLM-CHG-02', 'CLM-CHG-10', 'CLM-CHG-11'], 'a node joins', async () => {
      const all = await ClmCluster.of([1, 2, 3], [1, 2]);
      const library = all.library(1);
      const [one, two] = [await all.program(1, library), await all.program(1, library)];
      await all.ais.settled(one.clm.clusterTrack(CHANGES));
      await all.ais.settled(two.clm.clusterTrack(CHANGES_ONLY));
      await all.add(3, 1, 2, 3);
      await one.dispatch();
      await two.dispatch();
      expect(one.shown).to.have.length(1);
      expect(one.shown[0]).to.deep.include({ members: 3, entries: { 1: NO_CHANGE, 2: NO_CHANGE, 3: JOINED } });
      expect(two.shown).to.have.length(1);
      expect(two.shown[0]).to.deep.include({ members: 3, entries: { 3: JOINED } });
      expect(two.shown[0]!.nodes[0]!.initialViewNumber).to.equal(two.shown[0]!.view);
      expect(two.shown[0]!.view).to.equal(one.shown[0]!.view);
    });
    const leaving = async (how: 'leave' | 'crash'): Promise<void> => {
      const all = await ClmCluster.of([1, 2, 3]);
      const every = await all.tracking(1);
      const changes = await all.tracking(1, CHANGES_ONLY);
      const known = await all.ais.settled(every.clm.clusterNodeGet(3, SA_TIME_END));
      if (how === 'leave') await all.ais.cluster.leave(3);
      else all.ais.cluster.crash(3);
      await all.ais.cluster.formed(1, 2);
      await every.dispatch();
      await changes.dispatch();
      expect(every.shown).to.have.length(1);
      expect(every.shown[0]).to.deep.include({ members: 2, entries: { 1: NO_CHANGE, 2: NO_CHANGE, 3: LEFT } });
      expect(every.shown[0]!.nodes[2]).to.deep.equal({ ...known, member: false });
      expect(changes.shown).to.have.length(1);
      expect(changes.shown[0]).to.deep.include({ members: 2, entries: { 3: LEFT } });
    };
    table.row(['CLM-CHG-03', 'CLM-CHG-04', 'CLM-CHG-09'], 'a node stops in order', () => leaving('leave'));
    table.row(['CLM-CHG-05', 'CLM-CHG-09'], 'a node fails', () => leaving('crash'));
    table.row('CLM-CHG-06', 'CURRENT and CHANGES, then a join', async () => {
      const all = await ClmCluster.of([1, 2], [1]);
      const { shown, dispatch } = await all.tracking(1, CURRENT | CHANGES);
      await all.add(2, 1, 2);
      await dispatch();
      expect(shown.map(({ entries }) => entries)).to.deep.equal([{ 1: NO_CHANGE }, { 1: NO_CHANGE, 2: JOINED }]);
      expect(shown[1]!.view > shown[0]!.view).to.equal(true);
    });
    table.row('CLM-CHG-07', 'two nodes leave at once', async () => {
      const all = await ClmCluster.of([1, 2, 3]);
      const { shown, dispatch } = await all.tracking(1, CHANGES_ONLY);
      all.ais.cluster.crash(2);
      all.ais.cluster.crash(3);
      await all.ais.cluster.formed(1);
      await dispatch();
      expect(shown).to.have.length(1);
      expect(shown[0]).to.deep.include({ members: 1, entries: { 2: LEFT, 3: LEFT } });
    });
    table.row(
      ['CLM-CHG-08', 'CLM-CHG-12'],
      'several transitions: one callback each, the same on all nodes',
      async () => {
        const all = await ClmCluster.of([1, 2, 3, 4], [1, 2]);
        const programs = [await all.tracking(1), await all.tracking(2)];
        await all.add(3, 1, 2, 3);
        await all.add(4, 1, 2, 3, 4);
        all.ais.cluster.crash(3);
        await all.ais.cluster.formed(1, 2, 4);
        for (const { dispatch } of programs) await dispatch();
        const views = programs.map(({ shown }) => shown.map(({ view, entries }) => ({ view, entries })));
        expect(views[0]!.map(({ entries }) => entries)).to.deep.equal([
          { 1: NO_CHANGE, 2: NO_CHANGE, 3: JOINED },
          { 1: NO_CHANGE, 2: NO_CHANGE, 3: NO_CHANGE, 4: JOINED },
          { 1: NO_CHANGE, 2: NO_CHANGE, 3: LEFT, 4: NO_CHANGE },
        ]);
        expect(views[1]).to.deep.equal(views[0]);
        const numbers = views[0]!.map(({ view }) => view);
        expect(numbers).to.deep.equal([...new Set(numbers)].sort((a, b) => Number(a - b)));
      },
    );
    table.row('CLM-CHG-13', 'CHANGES_ONLY takes the place of CHANGES', async () => {
      const all = await ClmCluster.of([1, 2], [1]);
      const { clm, shown, dispatch } = await all.tracking(1, CHANGES);
      await all.ais.settled(clm.clusterTrack(CHANGES_ONLY));
      await all.add(2, 1, 2);
      await dispatch();
      expect(shown.map(({ entries }) => entries)).to.deep.equal([{ 2: JOINED }]);
    });
    table.row('CLM-CHG-14', 'CURRENT leaves CHANGES alone', async () => {
      const all = await ClmCluster.of([1, 2], [1]);
      const { clm, shown, dispatch } = await all.tracking(1, CHANGES);
      await all.ais.settled(clm.clusterTrack(CURRENT, notificationBuffer(8)));
      await all.add(2, 1, 2);
      await dispatch();
      expect(shown.map(({ entries }) => entries)).to.deep.equal([{ 1: NO_CHANGE, 2: JOINED }]);
    });
    for (const noticed of [true, false]) {
      table.row('CLM-CHG-15', `a node restarts, ${noticed ? 'noticed' : 'before anybody notices'}`, async () => {
        const all = await ClmCluster.of([1, 2]);
        const { clm, shown, dispatch } = await all.tracking(1, CHANGES_ONLY);
        const before = await all.ais.settled(clm.clusterNodeGet(2, SA_TIME_END));
        all.ais.cluster.crash(2);
        if (noticed) await all.ais.cluster.formed(1);
        all.ais.cluster.start(2);
        await all.ais.cluster.run(5000);
        await all.ais.cluster.formed(1, 2);
        await dispatch();
        expect(shown.map(({ entries }) => entries)).to.deep.equal([{ 2: LEFT }, { 2: JOINED }]);
        expect(shown[1]!.view > shown[0]!.view).to.equal(true);
        const [after] = shown[1]!.nodes as [ClusterNode];
        expect(after.bootTimestamp >= before.bootTimestamp).to.equal(true);
        expect(after.initialViewNumber > before.initialViewNumber).to.equal(true);
      });
    }
    it('shows nothing when the ring forms again with the same members', async () => {
      const all = await ClmCluster.of([1, 2]);
      const { cluster } = all.ais;
      const { shown, dispatch } = await all.tracking(1);
      const { ringId } = cluster.node(1).status;
      cluster.node(2).reform();
      await cluster.until(() => cluster.node(1).status.ringId !== ringId, 'a new ring');
      await cluster.formed(1, 2);
      await dispatch();
      expect(shown).to.deep.equal([]);
    });
    it('shows both sides of a partition the other one leave, and join again in one view', async () => {
      const all = await ClmCluster.of([1, 2, 3]);
      const [one, two] = [await all.tracking(1, CHANGES_ONLY), await all.tracking(2, CHANGES_ONLY)];
      all.ais.cluster.partition([1], [2, 3]);
      await all.ais.cluster.formed(1);
      await all.ais.cluster.formed(2, 3);
      all.ais.cluster.partition();
      await all.ais.cluster.formed(1, 2, 3);
      await one.dispatch();
      await two.dispatch();
      expect(one.shown.map(({ entries }) => entries)).to.deep.equal([
        { 2: LEFT, 3: LEFT },
        { 2: JOINED, 3: JOINED },
      ]);
      expect(two.shown.map(({ entries }) => entries)).to.deep.equal([{ 1: LEFT }, { 1: JOINED }]);
      expect(one.shown[1]!.view).to.equal(two.shown[1]!.view);
      for (const node of one.shown[1]!.nodes) expect(node.initialViewNumber).to.equal(one.shown[1]!.view);
    });
  });

  describe('track stop', () => {
    for (const [id, flags] of [
      ['CLM-STOP-01', CHANGES],
      ['CLM-STOP-02', CHANGES_ONLY],
    ] as const) {
      table.row(id, `ends flags ${flags}`, async () => {
        const all = await ClmCluster.of([1, 2], [1]);
        const { clm, shown, dispatch } = await all.tracking(1, flags);
        await all.ais.settled(clm.clusterTrackStop());
        await all.add(2, 1, 2);
        await dispatch();
        expect(shown).to.deep.equal([]);
      });
    }
    table.row(['CLM-STOP-03', 'CLM-STOP-04', 'CLM-STOP-05', 'CLM-STOP-06'], 'what is not followed', async () => {
      const all = await ClmCluster.of([1, 2], [1]);
      const { clm, library } = await all.program(1);
      const stop = (): Promise<string> => all.ais.outcome(() => clm.clusterTrackStop());
      expect(await stop()).to.equal('NOT_EXIST');
      await all.ais.settled(clm.clusterTrack(CURRENT, notificationBuffer(4)));
      expect(await stop()).to.equal('NOT_EXIST');
      await all.ais.settled(clm.clusterTrack(CHANGES));
      expect([await stop(), await stop()]).to.deep.equal(['OK', 'NOT_EXIST']);
      const other = await all.program(1, library);
      await all.ais.settled(other.clm.clusterTrack(CHANGES));
      expect(await stop()).to.equal('NOT_EXIST');
      await all.add(2, 1, 2);
      await other.dispatch();
      expect(other.shown).to.have.length(1);
    });
    table.row('CLM-STOP-07', 'and CHANGES again', async () => {
      const all = await ClmCluster.of([1, 2], [1]);
      const { clm, shown, dispatch } = await all.tracking(1);
      await all.ais.settled(clm.clusterTrackStop());
      await all.ais.settled(clm.clusterTrack(CHANGES));
      await all.add(2, 1, 2);
      await dispatch();
      expect(shown).to.have.length(1);
    });
    table.row('CLM-STOP-08', 'a wild and a finalized handle', async () => {
      const all = await ClmCluster.of([1]);
      const { clm, library } = await all.tracking(1);
      expect(await all.ais.outcome(() => library.at(WILD).clusterTrackStop())).to.equal('BAD_HANDLE');
      await all.ais.settled(clm.finalize());
      expect(await all.ais.outcome(() => clm.clusterTrackStop())).to.equal('BAD_HANDLE');
    });
  });

  describe('node get', () => {
    table.row(['CLM-GET-01', 'CLM-GET-02', 'CLM-GET-04'], 'the own node', async () => {
      const all = await ClmCluster.of([1, 2]);
      const { clm } = await all.program(2);
      const get = (id: number, timeout: bigint): Promise<ClusterNode> =>
        all.ais.settled(clm.clusterNodeGet(id, timeout));
      const node = await get(SA_CLM_LOCAL_NODE_ID, SA_TIME_ONE_SECOND);
      expect(node.nodeId).to.equal(2);
      expect(node.member).to.equal(true);
      expect(new TextEncoder().encode(node.nodeName).length).to.be.within(1, 256);
      expect(node.nodeAddress).to.deep.equal({ family: AddressFamily.AF_INET, value: Uint8Array.of(10, 0, 0, 2) });
      expect(await get(2, SA_TIME_ONE_SECOND)).to.deep.equal(node);
      expect(await get(2, SA_TIME_END)).to.deep.equal(node);
    });
    table.row(['CLM-GET-03', 'CLM-GET-10'], 'another member, the same from everywhere', async () => {
      const all = await ClmCluster.of([1, 2, 3]);
      const buffer = notificationBuffer();
      const { clm } = await all.program(3);
      await all.ais.settled(clm.clusterTrack(CURRENT, buffer));
      const entry = buffer.notification.find((one) => one.clusterNode.nodeId === 3)!.clusterNode;
      for (const nodeId of [1, 2]) {
        const program = await all.program(nodeId);
        expect(await all.ais.settled(program.clm.clusterNodeGet(3, SA_TIME_END))).to.deep.equal(entry);
      }
      expect(entry.bootTimestamp > 0n).to.equal(true);
      const now = BigInt(Date.UTC(2026, 0, 1) + all.ais.cluster.now) * 1_000_000n;
      expect(entry.bootTimestamp < now).to.equal(true);
    });
    table.row('CLM-GET-05', 'timeout 0', async () => {
      const all = await ClmCluster.of([1]);
      const { clm } = await all.program(1);
      expect(await all.ais.outcome(() => clm.clusterNodeGet(1, 0n))).to.equal('TIMEOUT');
    });
    table.notApplicable('CLM-GET-06', 'there is no output pointer: the node is the result');
    table.row(['CLM-GET-07', 'CLM-GET-08'], 'no node, and one that left', async () => {
      const all = await ClmCluster.of([1, 2]);
      const { clm } = await all.program(1);
      expect(await all.ais.outcome(() => clm.clusterNodeGet(9, SA_TIME_END))).to.equal('INVALID_PARAM');
      all.ais.cluster.crash(2);
      await all.ais.cluster.formed(1);
      expect(await all.ais.outcome(() => clm.clusterNodeGet(2, SA_TIME_END))).to.equal('INVALID_PARAM');
    });
    table.row('CLM-GET-09', 'a wild and a finalized handle', async () => {
      const all = await ClmCluster.of([1]);
      const { clm, library } = await all.program(1);
      expect(await all.ais.outcome(() => library.at(WILD).clusterNodeGet(1, SA_TIME_END))).to.equal('BAD_HANDLE');
      await all.ais.settled(clm.finalize());
      expect(await all.ais.outcome(() => clm.clusterNodeGet(1, SA_TIME_END))).to.equal('BAD_HANDLE');
    });
    table.row('CLM-GETA-01', 'the own node, by callback', async () => {
      const all = await ClmCluster.of([1]);
      const { clm, got, dispatch } = await all.program(1);
      clm.clusterNodeGetAsync(77n, SA_CLM_LOCAL_NODE_ID);
      await dispatch();
      const node = await all.ais.settled(clm.clusterNodeGet(1, SA_TIME_END));
      expect(got).to.deep.equal([{ invocation: 77n, node, error: 'OK' }]);
    });
    table.row('CLM-GETA-02', 'five at once', async () => {
      const all = await ClmCluster.of([1]);
      const { clm, got, dispatch } = await all.program(1);
      for (const invocation of [1n, 2n, 3n, 4n, 5n]) clm.clusterNodeGetAsync(invocation, 1);
      await dispatch();
      expect(got.map(({ invocation }) => invocation)).to.deep.equal([1n, 2n, 3n, 4n, 5n]);
    });
    table.row(['CLM-GETA-03', 'CLM-GETA-04'], 'no callback', async () => {
      const all = await ClmCluster.of([1]);
      for (const callbacks of [{ clusterTrack: () => undefined }, null]) {
        const clm = await all.ais.settled(all.library(1).initialize(callbacks, B_01_01));
        expect(await all.ais.outcome(() => clm.clusterNodeGetAsync(1n, 1))).to.equal('INIT');
      }
    });
    table.row('CLM-GETA-05', 'no node', async () => {
      const all = await ClmCluster.of([1]);
      const { clm, got, dispatch } = await all.program(1);
      clm.clusterNodeGetAsync(5n, 9);
      await dispatch();
      expect(got).to.deep.equal([{ invocation: 5n, node: undefined, error: 'INVALID_PARAM' }]);
    });
    table.row('CLM-GETA-06', 'a wild and a finalized handle', async () => {
      const all = await ClmCluster.of([1]);
      const { clm, library } = await all.program(1);
      expect(await all.ais.outcome(() => library.at(WILD).clusterNodeGetAsync(1n, 1))).to.equal('BAD_HANDLE');
      await all.ais.settled(clm.finalize());
      expect(await all.ais.outcome(() => clm.clusterNodeGetAsync(1n, 1))).to.equal('BAD_HANDLE');
    });
    table.row('CLM-GETA-07', 'finalized before dispatch', async () => {
      const all = await ClmCluster.of([1]);
      const { clm, got } = await all.program(1);
      clm.clusterNodeGetAsync(1n, 1);
      await all.ais.quiet();
      await all.ais.settled(clm.finalize());
      await all.ais.quiet();
      expect(got).to.deep.equal([]);
    });
    table.row('CLM-GETA-08', 'in order with a track callback', async () => {
      const all = await ClmCluster.of([1]);
      const order: string[] = [];
      const callbacks: ClmCallbacks = {
        clusterTrack: () => order.push('track'),
        clusterNodeGet: (invocation) => order.push(`get ${invocation}`),
      };
      const clm = await all.ais.settled(all.library(1).initialize(callbacks, B_01_01));
      clm.clusterNodeGetAsync(1n, 1);
      const tracked = clm.clusterTrack(CURRENT);
      clm.clusterNodeGetAsync(2n, 1);
      await all.ais.settled(tracked);
      await all.ais.quiet();
      await clm.dispatch(DispatchFlags.ALL);
      expect(order).to.deep.equal(['get 1', 'track', 'get 2']);
    });
  });

  table.complete();
});
