import { expect } from 'chai';
import { MAIN_RING, nameOf, SECTIONS, secondsOf, sizeText, stepsOf } from '../../bench/compare/plan.js';
import { durationText, Progress } from '../../bench/compare/progress.js';
import { jobOf, jobsOf } from './fixture.js';

describe('the plan of a comparison', () => {
  it('has every work that the specification compares', () => {
    const names = jobsOf(...SECTIONS).map(({ ring, work }) => `${ring.name}: ${nameOf(work)}`);
    const floods = ['64 B', '1000 B', '8 KiB', '64 KiB', '500 KB'].map((size) => `flood ${size}`);
    for (const ring of [
      '3 nodes, udpu',
      '2 nodes, udpu',
      '8 nodes, udpu',
      '3 nodes, udp',
      '3 nodes, udpu against knet',
    ]) {
      const works = [...floods, 'ping 64 B', 'load 64 B', 'load 1000 B'];
      expect(names).to.include.members(works.map((work) => `${ring}: ${work}`));
    }
    expect(names).to.include.members([
      '3 nodes, udpu: ping 1000 B',
      '3 nodes, udpu: ping 8 KiB',
      '3 nodes, udpu: idle',
    ]);
    expect(names).to.include.members([
      '3 nodes, udpu: ping 64 B beside a flood of 1000 B',
      '32 nodes, udp: load 64 B',
      '3 nodes, udpu against knet: idle',
    ]);
    expect(new Set(names).size).to.equal(names.length);
  });

  it('measures an idle node for ten seconds or more', () => {
    const { work } = jobOf('idle', 'idle');
    expect('seconds' in work && work.seconds).to.be.at.least(10);
  });

  it('sets Chorale on udpu beside Corosync on knet, and both on the same transport otherwise', () => {
    for (const { ring, section } of jobsOf(...SECTIONS)) {
      const { chorale, corosync } = ring.transports;
      if (section === 'knet') expect([chorale, corosync]).to.deep.equal(['udpu', 'knet']);
      else expect(chorale).to.equal(corosync);
    }
  });

  it('has only what was asked for', () => {
    expect(new Set(jobsOf('ping').map(({ work }) => work.kind))).to.deep.equal(new Set(['ping', 'loaded ping']));
    expect(new Set(jobsOf('ping', 'knet').map(({ ring }) => ring.name)).size).to.equal(2);
  });

  it('does each job as often as it asks for by both systems, in turns, and a whole run before the next', () => {
    const jobs = jobsOf(...SECTIONS);
    const steps = stepsOf(jobs);
    for (const job of jobs) {
      for (const system of ['chorale', 'corosync']) {
        const runs = steps.filter((step) => step.system === system && step.jobs.includes(job)).map(({ run }) => run);
        expect(runs, nameOf(job.work)).to.deep.equal(Array.from({ length: job.runs }, (_, i) => i + 1));
      }
    }
    for (let i = 0; i < steps.length; i += 2) {
      const [one, other] = [steps[i]!, steps[i + 1]!];
      expect(other.jobs).to.deep.equal(one.jobs);
      expect([one.run, other.run]).to.deep.equal([other.run, one.run]);
      expect([one.system, other.system]).to.have.members(['chorale', 'corosync']);
    }
    const runs = steps.map(({ run }) => run);
    expect(runs).to.deep.equal([...runs].sort((a, b) => a - b));
    const first = steps.filter(({ ring, jobs: [job] }) => ring === MAIN_RING && job!.work.kind === 'idle');
    expect(first.map(({ system }) => system).slice(0, 4)).to.deep.equal(['chorale', 'corosync', 'corosync', 'chorale']);
  });

  it('gives each load a ring of its own, for it ends Corosync', () => {
    for (const { jobs } of stepsOf(jobsOf(...SECTIONS))) {
      if (jobs.some(({ work }) => work.kind === 'load')) expect(jobs).to.have.length(1);
    }
  });

  it('looks at an idle node before anything else is asked of it', () => {
    const idle = stepsOf(jobsOf(...SECTIONS)).filter(({ jobs }) => jobs.some(({ work }) => work.kind === 'idle'));
    expect(idle).to.be.not.empty;
    for (const { jobs } of idle) expect(jobs[0]!.work.kind).to.equal('idle');
  });

  it('writes sizes as people say them', () => {
    const texts = [64, 1000, 8192, 65_536, 500_000].map(sizeText);
    expect(texts).to.deep.equal(['64 B', '1000 B', '8 KiB', '64 KiB', '500 KB']);
  });
});

describe('the time left', () => {
  it('is what is expected at first, and follows the pace of what was done', () => {
    const steps = stepsOf(jobsOf('flood', 'engine'));
    const progress = new Progress(steps);
    const all = steps.reduce((sum, step) => sum + secondsOf(step), 0);
    expect(progress.left(0)).to.be.closeTo(all, 1e-6);
    progress.done(steps[0]!, 2 * secondsOf(steps[0]!));
    expect(progress.left(1)).to.be.closeTo(2 * (all - secondsOf(steps[0]!)), 1e-6);
    expect(progress.left(steps.length)).to.equal(0);
  });

  it('is told in seconds, then in minutes', () => {
    expect([durationText(45), durationText(720)]).to.deep.equal(['45 s', '12 min']);
  });
});
