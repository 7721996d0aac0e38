import { expect } from 'chai';
import { SA_TIME_END } from 'chorale/sdk';
import { Random } from '../../core/sim/random.js';
import type { EvtChannel } from '../../plugins/evt/index.js';
import { outcomeName } from './cluster.js';
import { EvtCluster, ms, published } from './evt-cluster.js';
import type { ChannelDump, EvtProcess } from './evt-cluster.js';

const NODES = [1, 2, 3, 4];
const NAMES = ['A', 'B'];
const STEPS = 100;
/** EVT_SEED: run only this one; EVT_SEEDS: so many more. */
const { EVT_SEED, EVT_SEEDS = '1' } = process.env;
const more = Array.from({ length: Number(EVT_SEEDS) }, () => Math.floor(Math.random() * 1e9));
const SEEDS = EVT_SEED === undefined ? [1, 2, 3, ...more] : [Number(EVT_SEED)];

interface Worker {
  readonly node: number;
  readonly process: EvtProcess;
  readonly channels: ReadonlyMap<string, EvtChannel>;
}

interface Event {
  readonly name: string;
  readonly by: Worker;
  readonly text: string;
  readonly isRetained: boolean;
  id: bigint | undefined;
  clear: 'no' | 'asked' | 'yes';
}

/** Processes that publish, clear and listen while nodes come and go. */
class Run {
  readonly workers: Worker[] = [];
  readonly events: Event[] = [];
  readonly down = new Set<number>();

  constructor(
    readonly all: EvtCluster,
    readonly random: Random,
  ) {}

  get up(): number[] {
    return NODES.filter((node) => !this.down.has(node));
  }

  async hire(node: number): Promise<void> {
    const process = await this.all.process(node);
    const channels = new Map<string, EvtChannel>();
    for (const [place, name] of NAMES.entries()) channels.set(name, await process.listening(name, place));
    this.workers.push({ node, process, channels });
  }

  publish(by: Worker): void {
    const { random } = this;
    const name = random.pick(NAMES);
    const isRetained = random.chance(0.5);
    // Now and then more than a chunk of synchronization.
    const text = `${this.events.length} ${'x'.repeat(random.chance(0.1) ? 40_000 : 10)}`;
    const event: Event = { name, by, text, isRetained, id: undefined, clear: 'no' };
    this.events.push(event);
    const retention = isRetained ? SA_TIME_END : 0n;
    published(by.channels.get(name)!, text, { retention, priority: random.below(4) }).then(
      (id) => (event.id = id),
      (thrown: unknown) => this.ended(by, thrown),
    );
  }

  clear(by: Worker): void {
    const here = this.events.filter(({ id, isRetained, clear }) => id !== undefined && isRetained && clear === 'no');
    if (here.length === 0) return;
    const event = this.random.pick(here);
    event.clear = 'asked';
    const channel = by.channels.get(event.name)!;
    channel.eventRetentionTimeClear(event.id!).then(
      () => (event.clear = 'yes'),
      (thrown: unknown) => {
        // The other side of a partition has it.
        if (outcomeName(thrown) === 'NOT_EXIST') event.clear = 'no';
        else this.ended(by, thrown);
      },
    );
  }

  kill(who: Worker): void {
    this.workers.splice(this.workers.indexOf(who), 1);
    who.process.program.kill();
  }

  crash(node: number): void {
    for (const who of this.workers.filter((worker) => worker.node === node)) this.kill(who);
    this.all.ais.cluster.crash(node);
    this.down.add(node);
  }

  /** Nodes that may go: another one is in their ring, synchronized, and has what they have. */
  get replaceable(): number[] {
    const { cluster } = this.all.ais;
    const ringOf = (node: number): string | undefined => {
      const { state, ringId } = cluster.node(node).status;
      return state === 'operational' ? ringId : undefined;
    };
    return this.up.filter((node) => {
      const ring = ringOf(node);
      return ring !== undefined && this.up.some((other) => other !== node && ringOf(other) === ring);
    });
  }

  restart(node: number): void {
    this.down.delete(node);
    this.all.ais.cluster.start(node);
  }

  /** All nodes know the same, and retain what was published and not cleared, once. */
  checkRetained(): void {
    const [first, ...others] = this.all.channels(...this.up);
    for (const other of others) expect(other).to.deep.equal(first);
    for (const name of NAMES) {
      const linked = first!.filter((channel) => channel.name === name && !channel.unlinked);
      expect(linked.length, `channels ${name}`).to.be.at.most(1);
      const { retained, open } = linked[0] ?? ({ retained: [], open: {} } as unknown as ChannelDump);
      const ids = new Set(retained);
      expect(ids.size).to.equal(retained.length);
      for (const event of this.events.filter((one) => one.name === name && one.id !== undefined)) {
        const isThere = ids.has(String(event.id));
        const what = `event ${event.text.slice(0, 8)} of ${name}`;
        if (!event.isRetained || event.clear === 'yes') expect(isThere, `${what} is retained`).to.equal(false);
        else if (event.clear === 'no') expect(isThere, `${what} is lost`).to.equal(true);
      }
      const opens = Object.values(open).reduce((sum, count) => sum + count, 0);
      expect(opens, `opens of ${name}`).to.equal(this.workers.length);
    }
  }

  /** Nobody got an event twice, or one that was not published; all who are there got the same retained ones. */
  checkDelivered(): void {
    const texts = new Set(this.events.map(({ name, text }) => `${name} ${text}`));
    for (const { process } of this.workers) {
      const got = process.delivered.map(({ subscription, data }) => `${NAMES[subscription]!} ${data}`);
      expect(new Set(got).size, 'an event twice').to.equal(got.length);
      for (const one of got) expect(texts.has(one), `published: ${one.slice(0, 10)}`).to.equal(true);
      const ids = new Set(process.delivered.map(({ id }) => id));
      const missing = this.events.filter(
        ({ id, isRetained, clear }) => id !== undefined && isRetained && clear === 'no' && !ids.has(id),
      );
      expect(missing.map(({ text }) => text.slice(0, 8))).to.deep.equal([]);
    }
  }

  /** In one publisher's order, for each priority and channel, as far as nothing came from a retained copy. */
  checkOrder(): void {
    for (const { process } of this.workers) {
      const last = new Map<string, number>();
      for (const { subscription, event, data } of process.delivered) {
        const { retentionTime, priority } = event.attributesGet();
        if (retentionTime > 0n) continue;
        const number = Number(data.split(' ')[0]);
        const publisher = this.events[number]!.by.process;
        const key = `${this.idOf(publisher)} ${subscription} ${priority}`;
        expect(number, `the order of ${key}`).to.be.greaterThan(last.get(key) ?? -1);
        last.set(key, number);
      }
    }
  }

  private readonly numbers = new Map<EvtProcess, number>();
  private idOf(process: EvtProcess): number {
    const number = this.numbers.get(process) ?? this.numbers.size;
    this.numbers.set(process, number);
    return number;
  }

  private ended(by: Worker, thrown: unknown): void {
    if (this.workers.includes(by)) expect.fail(`a request ended with ${outcomeName(thrown)}`);
  }
}

async function begin(seed: number, label: string): Promise<Run> {
  const all = await EvtCluster.of(NODES, { seed });
  const run = new Run(all, new Random(seed, label));
  for (const node of NODES) for (let i = 0; i < 2; i++) await run.hire(node);
  return run;
}

function work(run: Run): void {
  if (run.workers.length === 0) return;
  const by = run.random.pick(run.workers);
  if (run.random.chance(0.15)) run.clear(by);
  else run.publish(by);
}

/** Waits until everything is quiet, and looks. */
async function check(run: Run): Promise<void> {
  await run.all.ais.cluster.formed(...run.up);
  await run.all.ais.quiet(300);
  run.checkRetained();
  run.checkDelivered();
  run.checkOrder();
}

describe('EVT in simulated clusters', () => {
  for (const seed of SEEDS) {
    it(`loses no retained event, with processes and nodes killed (seed ${seed})`, async () => {
      const run = await begin(seed, 'crashes');
      const { cluster } = run.all.ais;
      // What was answered has to be everywhere, also when frames to the others were lost.
      cluster.lose(0.05);
      for (let step = 0; step < STEPS; step++) {
        const chance = run.random.fraction();
        if (chance < 0.05 && run.replaceable.length > 0) run.crash(run.random.pick(run.replaceable));
        else if (chance < 0.1 && run.down.size > 0) run.restart(run.random.pick([...run.down]));
        else if (chance < 0.12 && run.workers.length > 3) run.kill(run.random.pick(run.workers));
        else work(run);
        await cluster.run(run.random.below(40));
        if (step % 25 !== 24) continue;
        cluster.lose(0);
        await run.all.ais.quiet(3000);
        await check(run);
        cluster.lose(0.05);
        for (const node of run.up) {
          if (!run.workers.some((who) => who.node === node)) await run.hire(node);
        }
      }
      expect(run.events.filter(({ id }) => id !== undefined).length).to.be.greaterThan(0);
    });

    it(`unites what partitions retain, and gives everybody what he missed (seed ${seed})`, async () => {
      const run = await begin(seed, 'partitions');
      const { cluster } = run.all.ais;
      for (let step = 0; step < STEPS; step++) {
        const chance = run.random.fraction();
        if (chance < 0.1) {
          const shuffled = run.random.shuffled(NODES);
          const cut = run.random.between(1, NODES.length - 1);
          cluster.partition(shuffled.slice(0, cut), shuffled.slice(cut));
        } else if (chance < 0.15) cluster.partition();
        else work(run);
        await cluster.run(run.random.below(chance < 0.15 ? 4000 : 100));
        if (step % 25 !== 24) continue;
        cluster.partition();
        // A short cut may be noticed only now.
        await run.all.ais.quiet(3000);
        await check(run);
      }
    });
  }

  it('makes one channel of those that two sides made, and keeps unlinked ones apart', async () => {
    const all = await EvtCluster.of([1, 2, 3]);
    const of = [await all.process(1), await all.process(2), await all.process(3)];
    const old = await Promise.all([await of[0]!.listening('old'), await of[1]!.listening('old')]);
    all.ais.cluster.partition([1], [2, 3]);
    await all.ais.cluster.formed(1);
    await all.ais.cluster.formed(2, 3);
    await all.ais.settled(of[0]!.evt.channelUnlink('old'));
    const made = [await of[0]!.listening('new', 2), await of[1]!.listening('new', 2), await of[2]!.listening('new', 2)];
    await of[0]!.publish(made[0]!, 'left', { retention: ms(60_000) });
    await of[1]!.publish(made[1]!, 'right', { retention: SA_TIME_END });
    await of[1]!.publish(made[1]!, 'missed');
    await of[1]!.publish(old[1]!, 'old', { retention: SA_TIME_END });
    all.ais.cluster.partition();
    await all.ais.cluster.formed(1, 2, 3);
    await all.ais.quiet();
    const sorted = of.map(({ texts }) => [...texts].sort());
    expect(sorted).to.deep.equal([
      ['left', 'old', 'right'],
      ['left', 'missed', 'old', 'right'],
      ['left', 'missed', 'right'],
    ]);
    await of[2]!.publish(made[2]!, 'now');
    await of[0]!.publish(old[0]!, 'among the old');
    await all.ais.quiet();
    expect(of.map(({ texts }) => texts.includes('now'))).to.deep.equal([true, true, true]);
    expect(of.map(({ texts }) => texts.includes('among the old'))).to.deep.equal([true, true, false]);
    const [first, ...others] = all.channels(1, 2, 3);
    for (const other of others) expect(other).to.deep.equal(first);
    expect(first!.map(({ name, unlinked }) => `${name} ${unlinked}`).sort()).to.deep.equal(['new false', 'old true']);
    await all.ais.settled(Promise.all(old.map((channel) => channel.close())));
    await all.ais.quiet();
    expect(all.channels(3)[0]!.map(({ name }) => name)).to.deep.equal(['new']);
  });
});
