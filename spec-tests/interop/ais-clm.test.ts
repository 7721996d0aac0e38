import { expect } from 'chai';
import { ClusterChange } from '../../plugins/clm/index.js';
import { expectAgreement, expectUnbroken, membersOf } from '../ais/clm-views.js';
import type { View } from '../ais/clm-views.js';
import { daemonRow } from '../ais/row-report.js';
import { ServiceLab } from './ais-lab.js';
import type { LabProgram } from './ais-lab.js';
import { eventually } from './lab.js';

const { NO_CHANGE, JOINED, LEFT } = ClusterChange;

/**
 * The Cluster Membership Service in real daemons on three hosts. On each a program follows the views and asks for the members
 * without end, through everything that happens.
 */
describe('CLM on three hosts', function () {
  this.timeout(120_000);
  const hosts = ServiceLab.of(this, ['chorale/clm'], 'ais-views.ts');
  const programs: LabProgram[] = [];

  const views = (host: number): View[] => viewsIn(programs[host - 1]!.lines.join('\n'));
  const counts = (): number[] => [1, 2, 3].map((host) => views(host).length);
  /** These hosts' programs are told of a view of exactly these members; gives the last views. */
  const see = async (which: readonly number[], members: readonly number[]): Promise<View[]> => {
    await Promise.all(
      which.map((host) =>
        eventually(`a view of ${members.join()} on host ${host}`, () => {
          const view = views(host).at(-1);
          return view !== undefined && membersOf(view).join() === members.join();
        }),
      ),
    );
    return which.map((host) => views(host).at(-1)!);
  };
  const goesOn = async (...which: number[]): Promise<void> => {
    await Promise.all(which.map((host) => programs[host - 1]!.more('asked', 3)));
  };

  before(async () => {
    for (const host of [1, 2, 3]) programs.push(await hosts.start(host));
    await see([1, 2, 3], [1, 2, 3]);
    await goesOn(1, 2, 3);
  });

  daemonRow(['COM-FIN-08'], 'a client is killed: no view changes', async () => {
    const before = counts();
    const victim = await hosts.start(1);
    await victim.more('asked', 1);
    await victim.kill();
    await goesOn(1, 2, 3);
    expect(counts()).to.deep.equal(before);
  });

  daemonRow(
    ['CLM-CHG-05', 'CLM-CHG-10', 'CLM-CHG-12', 'CLM-CHG-15'],
    'a node is killed and comes back: one view without it, one with it',
    async () => {
      const [before] = counts();
      const initial = new Map(
        views(1)
          .at(-1)!
          .entries.map(([node, , view]) => [node, view]),
      );
      await hosts.killNode(3, 1, 2);
      const [left, same] = await see([1, 2], [1, 2]);
      expect(left!.entries).to.deep.equal([
        [1, NO_CHANGE, initial.get(1)],
        [2, NO_CHANGE, initial.get(2)],
        [3, LEFT, initial.get(3)],
      ]);
      expect(same).to.deep.equal(left);
      await goesOn(1, 2);
      await hosts.startNode(3);
      const [joined] = await see([1, 2, 3], [1, 2, 3]);
      expect(joined!.entries[2]).to.deep.equal([3, JOINED, joined!.number]);
      expect(views(1), 'one view each').to.have.length(before! + 2);
      await goesOn(1, 2, 3);
    },
  );

  daemonRow(['CLM-CHG-07', 'CLM-CHG-09'], 'hosts part and meet: each side sees the other leave and join', async () => {
    await hosts.part([1], [2, 3]);
    const [alone] = await see([1], [1]);
    expect(alone!.numberOfMembers).to.equal(1);
    const [two, three] = await see([2, 3], [2, 3]);
    expect(two).to.deep.equal(three);
    await goesOn(1, 2, 3);
    await hosts.meet();
    const met = await see([1, 2, 3], [1, 2, 3]);
    for (const view of met) {
      expect(view.number, 'higher than on both sides').to.be.greaterThan(Math.max(alone!.number, two!.number));
      expect(view.entries.map(([, , initialView]) => initialView)).to.deep.equal([1, 2, 3].map(() => view.number));
    }
    const changes = (view: View): number[] => view.entries.map(([, change]) => change);
    expect(changes(met[0]!).slice(1), 'who joined host 1').to.deep.equal([JOINED, JOINED]);
    expect(changes(met[1]!)[0], 'who joined host 2').to.equal(JOINED);
    await goesOn(1, 2, 3);
  });

  daemonRow(['CLM-CHG-03'], 'every node is restarted in turn: two views for each', async () => {
    await hosts.restartAll(async (host) => {
      const others = [1, 2, 3].filter((other) => other !== host);
      for (const view of await see(others, [1, 2, 3])) expect(view.entries[host - 1]![1]).to.equal(JOINED);
      for (const other of others) {
        const gone = views(other).at(-2)!;
        expect(gone.entries[host - 1]![1]).to.equal(LEFT);
        expect(gone.numberOfMembers).to.equal(2);
      }
      await see([host], [1, 2, 3]);
      await goesOn(1, 2, 3);
    });
  });

  daemonRow(['CLM-CHG-08'], 'no view was left out, and those of one number were the same', () => {
    for (const program of programs) {
      // With its daemon a program begins anew.
      for (const life of program.lines.join('\n').split(/^ready$/m))
        expectUnbroken(viewsIn(life), `host ${program.host}`);
    }
    expectAgreement(programs.flatMap(({ lines }) => viewsIn(lines.join('\n'))));
    return Promise.resolve();
  });
});

function viewsIn(text: string): View[] {
  return [...text.matchAll(/^view (.*)$/gm)].map(([, view]) => JSON.parse(view!) as View);
}
