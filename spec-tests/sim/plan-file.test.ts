import { expect } from 'chai';
import { generatePlan } from '../../core/sim/generate.js';
import { PlanFileError, readPlan, writePlan } from '../../core/sim/plan-file.js';
import type { Plan } from '../../core/sim/plan.js';

describe('sim: plan files', () => {
  it('a plan is read as it was written, also one with faults that do not end', () => {
    let endless = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const plan = generatePlan(seed);
      endless += plan.episodes.filter(({ until }) => until === Infinity).length;
      expect(readPlan(writePlan(plan)), `seed ${seed}`).to.deep.equal(plan);
    }
    expect(endless).to.be.above(0);
  });

  const plan = generatePlan(1);
  const wrong: [string, string | object, RegExp][] = [
    ['no JSON', '{', /no JSON/],
    ['no object', '7', /the plan: expected an object/],
    ['a missing field', { ...plan, netmtu: undefined }, /netmtu is missing/],
    ['a number that is none', { ...plan, seed: 'x' }, /seed has to be a number of at least 0, not "x"/],
    ['no nodes', { ...plan, nodes: [] }, /at least one node/],
    ['nodes that are no list', { ...plan, nodes: {} }, /nodes has to be a list/],
    [
      'a network of an unknown kind',
      { ...plan, network: { ...plan.network, style: 'x' } },
      /network: style has to be one of/,
    ],
    ['parameters without one', { ...plan, parameters: {} }, /parameters: \w+ is missing/],
    ['an unknown fault', withFault({ kind: 'x' }), /episodes 0, fault: kind has to be one of/],
    [
      'a node that is not there',
      withFault({ kind: 'leave', node: 4 }),
      /node has to be a node's position, 0 to 3, not 4/,
    ],
    ['nodes that are not there', withFault({ kind: 'linkDown', nodes: [9] }), /nodes has to be a node's position/],
    ['a link that is none', withFault({ kind: 'cut', links: [[0, -1]] }), /links 0: 1 has to be a node's position/],
    ['a crash that is not clear', withFault({ kind: 'crash', node: 0 }), /loseStore is missing/],
    ['a wrong list of nodes', withFault({ kind: 'loss', probability: 1, from: 3 }), /from has to be a list/],
    ['traffic of an unknown kind', { ...plan, traffic: [{ ...plan.traffic[0], kind: 'x' }] }, /traffic 0: kind/],
    ['a boolean that is none', { ...plan, byzantine: 0 }, /byzantine has to be true or false, not 0/],
    ['a node in no group', { ...plan, apart: [[0], [1]] }, /apart: every node has to be in one group/],
  ];
  for (const [what, content, message] of wrong) {
    it(`refuses ${what}`, () => {
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      expect(() => readPlan(text)).to.throw(PlanFileError, message);
    });
  }

  function withFault(fault: object): Omit<Plan, 'episodes'> & { episodes: unknown[] } {
    return { ...plan, episodes: [{ at: 0, until: null, fault }] };
  }
});
