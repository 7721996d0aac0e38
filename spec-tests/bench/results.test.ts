import { expect } from 'chai';
import fc from 'fast-check';
import { goalOf, goalText, headlinesOf, isMet } from '../../bench/compare/figures.js';
import { SECTIONS } from '../../bench/compare/plan.js';
import { costsOf, rowsOf, spreadOf } from '../../bench/compare/results.js';
import { jobOf, jobsOf, measured } from './fixture.js';

describe('the spread of runs', () => {
  it('is the middle one between the least and the most, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 1, maxLength: 9 }), (values) => {
        const spread = spreadOf(values)!;
        const below = values.filter((value) => value < spread.median).length;
        const above = values.filter((value) => value > spread.median).length;
        expect(Math.max(below, above)).to.be.at.most(values.length / 2);
        expect([spread.least, spread.most, spread.runs]).to.deep.equal([
          Math.min(...values),
          Math.max(...values),
          values.length,
        ]);
      }),
    );
  });

  it('of two is between them, and of none unknown', () => {
    expect(spreadOf([1, 2])!.median).to.equal(1.5);
    expect(spreadOf([])).to.equal(undefined);
  });
});

describe('goals', () => {
  const goalOfWork = (...job: Parameters<typeof jobOf>): string[] => {
    const found = jobOf(...job);
    return headlinesOf(found.work).map((figure) => goalText(goalOf(found, figure)));
  };

  it('are what the specification asks of three nodes on udpu', () => {
    expect([64, 1000, 8192, 65_536, 500_000].flatMap((size) => goalOfWork('flood', 'flood', size))).to.deep.equal([
      '2x or more',
      '4x or more',
      '5x or more',
      '5x or more',
      '5x or more',
    ]);
    expect([64, 1000].flatMap((size) => goalOfWork('engine', 'load', size))).to.deep.equal([
      '2x or more',
      '6x or more',
    ]);
    expect(goalOfWork('ping', 'ping', 64)).to.deep.equal(['1x or less, aim 0.8x', '1x or less, aim 0.8x']);
    expect(goalOfWork('idle', 'idle')).to.deep.equal(['< 1', '', '']);
  });

  it('ask that no work on another ring is slower, and a rate of 32 nodes', () => {
    for (const job of jobsOf('nodes', 'multicast', 'knet')) {
      for (const figure of headlinesOf(job.work)) {
        if (job.work.kind === 'idle') continue;
        expect(goalText(goalOf(job, figure))).to.equal(figure.better === 'more' ? '1x or more' : '1x or less');
      }
    }
    expect(goalOfWork('large-ring', 'load')).to.deep.equal(['300,000 or more']);
  });

  it('are met from their value on', () => {
    expect([1.99, 2].map((ratio) => isMet({ of: 'ratio', atLeast: 2 }, 1, ratio))).to.deep.equal([false, true]);
    expect([1, 1.01].map((ratio) => isMet({ of: 'ratio', atMost: 1, aim: 0.8 }, 1, ratio))).to.deep.equal([
      true,
      false,
    ]);
    expect([0.99, 1].map((cpu) => isMet({ of: 'chorale', below: 1 }, cpu, undefined))).to.deep.equal([true, false]);
    expect(isMet({ of: 'ratio', atLeast: 2 }, 1, undefined)).to.equal(undefined);
  });
});

describe('rows', () => {
  const flood = jobOf('flood', 'flood', 64);

  it("have both systems' medians, and Chorale's over Corosync's", () => {
    const [row] = rowsOf(
      [flood],
      [
        ...measured(flood, 'chorale', 'messagesPerSecond', 300, 100, 210),
        ...measured(flood, 'corosync', 'messagesPerSecond', 90, 100, 110),
      ],
    );
    expect(row).to.deep.include({
      work: 'flood 64 B',
      figure: 'messages/s',
      ratio: 2.1,
      goal: '2x or more',
      met: true,
    });
    expect(row!.systems.chorale).to.deep.equal({ median: 210, least: 100, most: 300, runs: 3 });
  });

  it('say nothing of a ratio when one system was not measured', () => {
    const [row] = rowsOf([flood], measured(flood, 'chorale', 'messagesPerSecond', 300));
    expect(row).to.not.have.any.keys('ratio', 'met');
  });

  it('are only of what was measured', () => {
    expect(rowsOf(jobsOf(...SECTIONS), [])).to.deep.equal([]);
  });

  it('count a failed run, with which no goal is met', () => {
    const [row] = rowsOf(
      [flood],
      [
        ...measured(flood, 'chorale', 'messagesPerSecond', 300, 300),
        { ring: flood.ring.name, work: 'flood 64 B', system: 'chorale', run: 3, error: 'a message was lost' },
        ...measured(flood, 'corosync', 'messagesPerSecond', 100),
      ],
    );
    expect(row).to.deep.include({ ratio: 3, met: false, failures: { chorale: 1 } });
  });

  it('keep the same work on different rings apart', () => {
    const jobs = jobsOf('nodes').filter(({ work }) => work.kind === 'ping');
    const rows = rowsOf(
      jobs,
      jobs.flatMap((job) => measured(job, 'chorale', 'microsecondsP50', job.ring.nodes)),
    );
    expect(rows.flatMap(({ systems }) => systems.chorale?.median ?? [])).to.deep.equal([2, 8]);
  });

  it('of costs are of works that send', () => {
    const idle = jobOf('idle', 'idle');
    const all = [...measured(flood, 'chorale', 'dropped', 0, 7), ...measured(idle, 'chorale', 'cpuPercent', 1)];
    const costs = costsOf([flood, idle], all);
    expect(costs.map(({ work }) => work)).to.deep.equal(['flood 64 B']);
    expect(costs[0]!.dropped.chorale!.most).to.equal(7);
  });
});
