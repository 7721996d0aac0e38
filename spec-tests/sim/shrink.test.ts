import { expect } from 'chai';
import type { Violation } from '../../core/sim/checker/violation.js';
import { generatePlan } from '../../core/sim/generate.js';
import type { Plan } from '../../core/sim/plan.js';
import { readPlan, writePlan } from '../../core/sim/plan-file.js';
import { runPlan } from '../../core/sim/run.js';
import { shrinkPlan } from '../../core/sim/shrink.js';

const broken: readonly Violation[] = [{ property: 'bad', text: '', at: 0 }];

/** A judge that finds every plan bad for which this is true. */
function bad(when: (plan: Plan) => boolean): (plan: Plan) => Promise<readonly Violation[]> {
  return (plan) => Promise.resolve(when(plan) ? broken : []);
}

/** Plans of seeds for which this is true. */
function plans(when: (plan: Plan) => boolean): Plan[] {
  return Array.from({ length: 300 }, (_, seed) => generatePlan(seed))
    .filter(when)
    .slice(0, 10);
}

describe('sim: shrinking', () => {
  it('keeps the one fault and the one sender that matter, on as few nodes as they need', async () => {
    const has = (plan: Plan): boolean =>
      plan.episodes.some(({ fault }) => fault.kind === 'pause') && plan.traffic.some(({ kind }) => kind === 'burst');
    const candidates = plans(has);
    expect(candidates).to.have.length(10);
    for (const plan of candidates) {
      const { plan: small, violations } = await shrinkPlan(plan, 'bad', { judge: bad(has) });
      expect(violations).to.equal(broken);
      expect(small.episodes.map(({ fault }) => fault.kind)).to.deep.equal(['pause']);
      expect(small.traffic).to.have.length(1);
      expect(small.traffic[0]).to.include({ kind: 'burst', count: 1 });
      expect(small.nodes.length).to.be.at.most(2);
      expect(small.quietAt).to.be.below(plan.quietAt);
      expect(small.endAt - small.quietAt - small.boundMs).to.equal(2000);
    }
  });

  it('every plan it tries is a plan that can be run', async () => {
    for (const plan of plans(({ nodes, episodes }) => nodes.length > 3 && episodes.length > 10)) {
      const judge = bad((candidate) => {
        readPlan(writePlan(candidate));
        return candidate.nodes.length > 2;
      });
      await shrinkPlan(plan, 'bad', { judge });
    }
  });

  it('names the same nodes after others have gone', async () => {
    const [plan] = plans(({ nodes }) => nodes.length === 6);
    const victim = plan!.nodes[4]!.startAt;
    const crash = { at: 10, until: 20, fault: { kind: 'crash', node: 4, loseStore: false } } as const;
    const judge = bad(({ nodes, episodes }) =>
      episodes.some(({ fault }) => fault.kind === 'crash' && nodes[fault.node]!.startAt === victim),
    );
    const { plan: small } = await shrinkPlan({ ...plan!, episodes: [crash] }, 'bad', { judge });
    expect(small.nodes).to.have.length(1);
    expect(small.episodes).to.have.length(1);
  });

  it('looks for the same property and no other, and not longer than it may', async () => {
    let runs = 0;
    const judge = (): Promise<readonly Violation[]> =>
      Promise.resolve(runs++ === 0 ? broken : [{ ...broken[0]!, property: 'x' }]);
    const plan = generatePlan(3);
    const shrunk = await shrinkPlan(plan, 'bad', { judge, mostRuns: 20 });
    expect(shrunk.plan).to.equal(plan);
    expect(shrunk.runs).to.equal(20);
  });

  it('refuses a plan that does not fail', async () => {
    const failure = await shrinkPlan(generatePlan(8), 'bad', { judge: bad(() => false) }).catch(
      (error: Error) => error,
    );
    expect(failure)
      .to.be.an('error')
      .with.property('message')
      .that.matches(/does not break "bad"/);
  });

  it('shrinks real runs: a ring that has no time to form', async () => {
    const plan = { ...generatePlan(10), boundMs: -100_000 };
    const property = '2.2 stability: one ring in time';
    const { plan: small, violations } = await shrinkPlan(plan, property, { mostRuns: 60 });
    expect(violations.map((violation) => violation.property)).to.include(property);
    expect((await runPlan(small)).violations).to.deep.equal(violations);
    expect(small.nodes.length).to.be.below(plan.nodes.length);
  });
});
