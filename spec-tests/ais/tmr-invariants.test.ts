import { expect } from 'chai';
import { Random } from '../../core/sim/random.js';
import { Timers } from '../../plugins/tmr/timers.js';
import { D, TmrProgram } from './tmr-cluster.js';

const NODES = [1, 2, 3];
const STEPS = 200;
/** TMR_SEED: run only this one; TMR_SEEDS: so many more. */
const { TMR_SEED, TMR_SEEDS = '1' } = process.env;
const more = Array.from({ length: Number(TMR_SEEDS) }, () => Math.floor(Math.random() * 1e9));
const SEEDS = TMR_SEED === undefined ? [1, 2, 3, 4, ...more] : [Number(TMR_SEED)];

/** A timer that was started, in whole milliseconds since the test's time began. */
interface Started {
  readonly id: bigint;
  readonly first: number;
  readonly period: number;
  runs: number;
  over: boolean;
}

/** What a program saw of its timers: each callback, with its count and when it ran. */
async function run(seed: number, disturbed: boolean): Promise<string[]> {
  const program = await TmrProgram.of(NODES);
  const { cluster } = program.ais;
  const [random, chaos] = [new Random(seed, 'timers'), new Random(seed, 'chaos')];
  const timers = new Map<bigint, Started>();
  const down = new Set<number>();
  const log: string[] = [];
  let now = 0;
  let previous = -Infinity;

  program.inCallback = ({ id, count, at }) => {
    const timer = timers.get(id)!;
    log.push(`${id % 1000n}: ${count} at ${at}`);
    expect(timer.over, 'a timer that is over').to.equal(false);
    const expiries = timer.period === 0 ? 1 : Math.floor((at - timer.first) / timer.period) + 1;
    expect(at, 'not too early').to.be.at.least(timer.first);
    expect(Number(count), `${JSON.stringify({ ...timer, id: `${id}` })} at ${at}`).to.equal(expiries);
    // Those that waited for one dispatch, in the order in which they expired.
    const expired = timer.first + timer.runs * timer.period;
    if (timer.period === 0) {
      expect(expired, 'in order').to.be.at.least(previous);
      previous = expired;
      timer.over = true;
    }
    timer.runs = expiries;
  };
  const pass = async (milliseconds: number): Promise<void> => {
    await program.pass(milliseconds);
    now += milliseconds;
    previous = -Infinity;
    await program.dispatch();
  };
  /** Something happens to the cluster, but not to the program's own node. */
  const disturb = (): void => {
    const what = chaos.below(5);
    const node = 2 + chaos.below(2);
    if (what === 0) cluster.partition([1], [2, 3]);
    else if (what === 1) cluster.partition([1, node], [5 - node]);
    else if (what === 2) cluster.partition();
    else if (down.delete(node)) cluster.start(node);
    else {
      cluster.crash(node);
      down.add(node);
    }
  };

  for (let step = 0; step < STEPS; step++) {
    if (disturbed && chaos.chance(0.2)) disturb();
    const alive = [...timers.values()].filter(({ over }) => !over);
    if (random.chance(0.6) || alive.length === 0) {
      const [first, period] = [random.between(1, 400), random.chance(0.3) ? random.between(5, 300) : 0];
      const id = program.start(D(first, period));
      timers.set(id, { id, first: now + first, period, runs: 0, over: false });
    } else if (random.chance(0.2)) {
      const timer = random.pick(alive);
      program.tmr.timerCancel(timer.id);
      timer.over = true;
    }
    if (random.chance(0.1)) program.stepped += BigInt(random.between(-5000, 5000)) * 1_000_000n;
    await pass(random.below(60));
  }
  await pass(1000);
  for (const timer of timers.values()) {
    if (timer.period === 0) expect(timer.over, `a timer of ${timer.first} has not expired by ${now}`).to.equal(true);
  }
  return log;
}

describe('TMR in simulated clusters', () => {
  it('TMR-EXP-04: keeps the order of expiry where the machine stands still between two readings of its clock', () => {
    let [time, pause] = [0, 0];
    const now = (): number => (time += pause);
    const queued: (() => void)[] = [];
    const timers = new Timers({
      clock: { now, timer: () => ({ running: false, start: () => undefined, stop: () => undefined }) },
      calendar: () => 0n,
      expired: (run) => queued.push(run),
    });
    const taken: number[] = [];
    for (const first of [30, 10, 20]) timers.start(D(first), () => taken.push(first));
    pause = 100;
    timers.look();
    for (const run of queued) run();
    expect(taken).to.deep.equal([10, 20, 30]);
  });

  for (const seed of SEEDS) {
    it(`neither delays nor repeats an expiry, whatever happens to the cluster (seed ${seed})`, async () => {
      const quiet = await run(seed, false);
      expect(quiet.length).to.be.greaterThan(100);
      const disturbed = await run(seed, true);
      expect(disturbed.map(withoutId)).to.deep.equal(quiet.map(withoutId));
    });
  }
});

/** Ids are drawn by lot. */
function withoutId(line: string): string {
  return line.slice(line.indexOf(':'));
}
