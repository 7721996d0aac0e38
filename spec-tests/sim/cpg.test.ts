import { expect } from 'chai';
import type { Ending } from '../../core/sim/checker/history.js';
import { checkHistory } from '../../core/sim/checker/check.js';
import { generatePlan } from '../../core/sim/generate.js';
import { runPlan } from '../../core/sim/run.js';
import { CpgLog } from '../../core/sim/services/cpg-log.js';
import type { Stay } from '../../core/sim/services/cpg-log.js';
import { cpgProperties } from '../../core/sim/services/cpg-properties.js';
import { Story } from './story.js';

const ending: Ending = { components: [[1, 2, 3]], quietSince: 5, boundMs: 100 };
const ONCE = 'cpg: each message once, in the order of its sender';
const TOGETHER = 'cpg: members who stay together see the same';
const OWN = 'cpg: senders get their own messages';
const ANSWERS = 'cpg: clients get their answers';
const GROUPS = 'cpg: groups have their members in the end';

/** Two members, on nodes 1 and 2, in one ring to the end. */
class Groups {
  readonly story = Story.of(1, 2, 3);
  readonly log = new CpgLog();
  readonly one = this.stay(0);
  readonly other = this.stay(1);
  readonly dead = new Set<number>();

  stay(process: number, { joined = false, ring = '1.4' } = {}): Stay {
    const stay: Stay = {
      process: this.story.processes[process]!,
      pid: process + 1,
      group: 'g',
      chapters: [{ ring, joined, seen: [], next: undefined }],
      members: '1/1 2/2',
      over: false,
    };
    this.log.stays.push(stay);
    return stay;
  }

  send(stay: Stay, accepted = true): number {
    const index = this.log.messages.length;
    this.log.messages.push({ index, at: 0, stay, accepted, bytes: 12 });
    return index;
  }

  get(message: number, ...stays: Stay[]): void {
    for (const stay of stays) stay.chapters.at(-1)!.seen.push({ at: 0, text: `message ${message}`, message });
  }

  change(text: string, ...stays: Stay[]): void {
    for (const stay of stays) stay.chapters.at(-1)!.seen.push({ at: 0, text, message: -1 });
  }

  next(ring: string, ...stays: Stay[]): void {
    for (const stay of stays) {
      stay.chapters.at(-1)!.next = ring;
      stay.chapters.push({ ring, joined: false, seen: [], next: undefined });
    }
  }

  /** The properties that it breaks; `isCutOff`: if the run had no end. */
  broken(isCutOff = false): string[] {
    const properties = cpgProperties(this.log, {
      now: 100,
      ringName: () => '',
      saw: () => undefined,
      isAlive: (process) => !this.dead.has(process),
      problem: () => undefined,
    });
    return [
      ...new Set(checkHistory(this.story, isCutOff ? undefined : ending, properties).map(({ property }) => property)),
    ];
  }
}

describe('sim: properties of CPG', () => {
  let groups: Groups;
  beforeEach(() => {
    groups = new Groups();
  });

  it('a message twice, and out of order', () => {
    const { one, other } = groups;
    const [first, second] = [groups.send(one), groups.send(one)];
    groups.get(first, one, other);
    groups.get(second, one, other);
    expect(groups.broken()).to.deep.equal([]);
    groups.get(second, one, other);
    expect(groups.broken()).to.deep.equal([ONCE]);
    const late = new Groups();
    const [a, b] = [late.send(late.one), late.send(late.one)];
    late.get(b, late.one, late.other);
    late.get(a, late.one, late.other);
    expect(late.broken()).to.deep.equal([ONCE]);
  });

  it('members of a ring to the end that see different things', () => {
    const { one, other } = groups;
    const third = groups.send(groups.stay(2, { ring: '1.3' }));
    groups.dead.add(2);
    groups.get(third, one);
    expect(groups.broken(true), 'the run was cut off').to.deep.equal([]);
    expect(groups.broken()).to.deep.equal([TOGETHER]);
    groups.get(third, other);
    expect(groups.broken()).to.deep.equal([]);
  });

  it('members that go to the next ring together with different changes of the group', () => {
    const { one, other } = groups;
    groups.change('members 1/1 2/2', one);
    groups.next('1.8', one);
    groups.next('1.c', other);
    expect(groups.broken(true), 'they went apart').to.deep.equal([]);
    other.chapters[0]!.next = '1.8';
    expect(groups.broken(true)).to.deep.equal([TOGETHER]);
  });

  it('members that were apart in a ring whose services were never synchronized may see different changes', () => {
    const { one, other, story } = groups;
    groups.change('members 1/1; left: 2/2', one);
    groups.change('members 2/2; left: 1/1', other);
    groups.next('1.c', one, other);
    expect(groups.broken(true), 'they were together').to.deep.equal([TOGETHER]);
    story.form('1.8', [1, 3], [1, 3]).form('2.8', [2], [2]).form('1.c', [1, 2, 3], [1, 3], [2]);
    expect(groups.broken(true)).to.deep.equal([]);
  });

  it('a member that joined on the way, without the last message', () => {
    const { one, other } = groups;
    const newcomer = groups.stay(2, { joined: true });
    newcomer.members = one.members = other.members = '1/1 2/2 3/3';
    groups.get(groups.send(one), one, other);
    groups.change('members 1/1 2/2 3/3', one, other, newcomer);
    const last = groups.send(other);
    groups.get(last, one, other);
    expect(groups.broken()).to.deep.equal([TOGETHER]);
    groups.get(last, newcomer);
    expect(groups.broken()).to.deep.equal([]);
  });

  it('a message that its sender never gets', () => {
    const { one } = groups;
    groups.send(one, false);
    expect(groups.broken()).to.deep.equal([]);
    groups.send(one);
    expect(groups.broken(true)).to.deep.equal([]);
    expect(groups.broken()).to.deep.equal([OWN]);
    groups.dead.add(0);
    one.members = groups.other.members = '2/2';
    expect(groups.broken()).to.deep.equal([]);
  });

  it('an answer that never comes', () => {
    groups.log.waiting.add({ stay: groups.one, what: 'join', at: 3 });
    expect(groups.broken(true)).to.deep.equal([]);
    expect(groups.broken()).to.deep.equal([ANSWERS]);
  });

  it('a member that knows of others than there are', () => {
    groups.one.members = '1/1 2/2 3/3';
    expect(groups.broken()).to.deep.equal([GROUPS]);
    groups.one.members = '1/1 2/2';
    groups.other.over = true;
    expect(groups.broken()).to.deep.equal([GROUPS]);
    groups.one.members = '1/1';
    expect(groups.broken()).to.deep.equal([]);
  });
});

describe('sim: clients of CPG in runs', () => {
  it('see a lot, and what they see is part of the digest', async () => {
    const plan = generatePlan(10);
    expect(plan.services).not.to.deep.equal([]);
    const { statistics, violations, digest } = await runPlan(plan);
    expect(violations).to.deep.equal([]);
    expect(statistics.clientEvents).to.be.above(500);
    expect((await runPlan(plan)).digest).to.equal(digest);
  });

  it('a plan with clients of an unknown service is refused', async () => {
    const plan = generatePlan(10);
    const services = plan.services.map((traffic) => ({ ...traffic, service: 'x' }));
    const failure = await runPlan({ ...plan, services }).catch((error: Error) => error);
    expect(failure)
      .to.be.an('error')
      .with.property('message')
      .that.matches(/clients of "x".*it knows cpg/);
  });
});
