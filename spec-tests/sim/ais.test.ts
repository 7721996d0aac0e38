import { expect } from 'chai';
import { checkHistory } from '../../core/sim/checker/check.js';
import type { Ending } from '../../core/sim/checker/history.js';
import { generatePlan } from '../../core/sim/generate.js';
import { runPlan } from '../../core/sim/run.js';
import { aisProperties } from '../../core/sim/services/ais-properties.js';
import type { AisEnd } from '../../core/sim/services/ais-properties.js';
import type { AisWaiting } from '../../core/sim/services/ais-client.js';
import { Story } from './story.js';

const together: Ending = { components: [[1, 2, 3]], quietSince: 5, boundMs: 100 };
const apart: Ending = { components: [[1], [2, 3]], quietSince: 5, boundMs: 100 };
const ANSWERS = 'ais: clients get their answers';
const SAME = 'ais: members of a ring know the same in the end';
const MEMBERS = 'clm: the members are those of the ring in the end';
const LOCKS = 'lck: nobody holds what another has locked, in the end';
const NAMES = [ANSWERS, SAME, MEMBERS, LOCKS];

/** Nodes 1, 2 and 3 and what they know when the run is over. */
function broken(
  ends: readonly Partial<AisEnd>[],
  { ending = together, waiting = [] as AisWaiting[], dead = -1 } = {},
): string[] {
  const story = Story.of(1, 2, 3);
  const services = { clm: 1, ckpt: {}, lck: {}, msg: {}, evt: { channels: [], waiting: {} } };
  const all = ends.map((end, i) => ({ process: story.processes[i]!, members: undefined, held: [], services, ...end }));
  const properties = aisProperties(all, new Set(waiting), {
    now: 100,
    ringName: () => '',
    saw: () => undefined,
    isAlive: (process) => process !== dead,
    problem: () => undefined,
  });
  const found = checkHistory(story, ending, properties).map(({ property }) => property);
  return [...new Set(found)].filter((property) => NAMES.includes(property));
}

describe('sim: properties of the services of the SA Forum', () => {
  const services = { clm: 1, ckpt: { a: 1, b: 2 }, lck: {}, msg: {}, evt: { channels: [], waiting: { 1: 2 } } };

  it(ANSWERS, () => {
    const waiting = [{ process: 1, who: 'a client', what: 'lock', at: 3 }];
    expect(broken([{}, {}, {}], { waiting })).to.deep.equal([ANSWERS]);
    expect(broken([{}, {}, {}], { waiting, dead: 1 })).to.deep.equal([]);
  });

  it(SAME, () => {
    const others = { ...services, ckpt: { b: 2, a: 1 }, evt: { channels: [], waiting: {} } };
    expect(broken([{ services }, { services: others }])).to.deep.equal([]);
    const changed = { ...services, ckpt: { a: 1, b: 3 } };
    expect(broken([{ services }, { services: changed }])).to.deep.equal([SAME]);
    expect(broken([{ services }, { services: changed }], { ending: apart })).to.deep.equal([]);
    const channels = { ...services, evt: { channels: [1], waiting: {} } };
    expect(broken([{ services }, { services: channels }])).to.deep.equal([SAME]);
  });

  it(MEMBERS, () => {
    const all = { members: [1, 2, 3] };
    expect(broken([all, {}, all])).to.deep.equal([]);
    expect(broken([all, { members: [2, 3] }])).to.deep.equal([MEMBERS]);
    expect(broken([{ members: [1] }, { members: [2, 3] }], { ending: apart })).to.deep.equal([]);
  });

  it(LOCKS, () => {
    const exclusive = { held: [{ resource: 'R', isExclusive: true }] };
    const shared = { held: [{ resource: 'R', isExclusive: false }] };
    expect(broken([exclusive, { held: [{ resource: 'S', isExclusive: true }] }])).to.deep.equal([]);
    expect(broken([shared, shared])).to.deep.equal([]);
    expect(broken([exclusive, shared])).to.deep.equal([LOCKS]);
    expect(broken([exclusive, exclusive], { ending: apart })).to.deep.equal([]);
  });

  it('are checked in runs in which clients of all six services act, also among nodes of both byte orders', async () => {
    const isMixed = (seed: number): boolean => new Set(plan(seed).nodes.map((node) => node.littleEndian)).size > 1;
    const plan = (seed: number) => generatePlan(seed);
    const seeds = Array.from({ length: 400 }, (_, i) => i + 1);
    const having = seeds.filter((seed) => plan(seed).services.some(({ service }) => service === 'ais'));
    for (const seed of [having.find(isMixed)!, having.find((one) => !isMixed(one))!]) {
      const { violations, digest, statistics } = await runPlan(plan(seed));
      expect(violations, `seed ${seed}`).to.deep.equal([]);
      expect(statistics.clientEvents).to.be.above(0);
      expect((await runPlan(plan(seed))).digest).to.equal(digest);
    }
  });
});
