import { expect } from 'chai';
import { generatePlan } from '../../core/sim/generate.js';
import type { Plan } from '../../core/sim/plan.js';
import { runPlan } from '../../core/sim/run.js';

const plans = Array.from({ length: 3000 }, (_, i) => generatePlan(i + 1));

/** How many plans have something. */
function having(what: (plan: Plan) => boolean): number {
  return plans.filter(what).length;
}

describe('sim: generated plans', () => {
  for (const kind of [
    ...['loss', 'duplicate', 'reorder', 'delay', 'corrupt', 'cut', 'smallQueue', 'slowConsumer', 'linkDown'],
    ...['crash', 'leave', 'pause', 'jump'],
  ]) {
    it(`have faults of kind ${kind}`, () => {
      expect(having(({ episodes }) => episodes.some(({ fault }) => fault.kind === kind))).to.be.above(100);
    });
  }

  it('have clusters of 2 to 64 nodes', () => {
    const sizes = plans.map(({ nodes }) => nodes.length);
    expect(Math.min(...sizes)).to.equal(2);
    expect(Math.max(...sizes)).to.be.within(40, 64);
  });

  it('begin sequences near every wrap-around, of messages, tokens and ring ids', () => {
    const near = (start: number) => (value: number) => Math.abs(value - start) <= 500;
    for (const start of [0x7fffffff, 0xffffffff]) {
      expect(having(({ firstSeq }) => near(start)(firstSeq))).to.be.above(20);
      expect(having(({ firstTokenSeq }) => near(start)(firstTokenSeq))).to.be.above(20);
      expect(having(({ nodes }) => nodes.some(({ storedRingSeq = 0 }) => near(start)(storedRingSeq)))).to.be.above(20);
    }
  });

  it('have both byte orders, clocks of different speeds, clients of services, and messages at changes', () => {
    const mixed = ({ nodes }: Plan): boolean => new Set(nodes.map(({ littleEndian }) => littleEndian)).size > 1;
    expect(having(mixed)).to.be.above(100);
    expect(having(({ nodes }) => new Set(nodes.map(({ clockRate }) => clockRate)).size > 1)).to.be.above(100);
    for (const name of ['cpg', 'quorum', 'ais']) {
      expect(having(({ services }) => services.some(({ service }) => service === name))).to.be.above(100);
    }
    expect(having(({ traffic }) => traffic.some(({ kind }) => kind === 'atChange'))).to.be.above(100);
  });

  it('that stay partitioned end with a ring in each part', async () => {
    const plan = plans.find(({ apart, nodes }) => apart !== undefined && nodes.length < 6)!;
    const { violations, ending } = await runPlan(plan);
    expect(violations).to.deep.equal([]);
    expect(ending!.components).to.have.length(plan.apart!.length);
    const whole = await runPlan({ ...plan, apart: undefined } as unknown as Plan);
    expect(whole.ending!.components).to.have.length(1);
    expect(whole.violations).to.deep.equal([]);
  });
});
