import { expect } from 'chai';
import { Random } from '../../core/sim/random.js';
import type { CkptCheckpoint, CreationAttributes } from '../../plugins/ckpt/index.js';
import { A1, A2, CkptCluster, SECOND, bytes, text } from './ckpt-cluster.js';
import { outcomeName } from './cluster.js';

const NODES = [1, 2, 3, 4];
const STEPS = 60;
/** CKPT_SEED: run only this one; CKPT_SEEDS: so many more. */
const { CKPT_SEED, CKPT_SEEDS = '1' } = process.env;
const more = Array.from({ length: Number(CKPT_SEEDS) }, () => Math.floor(Math.random() * 1e9));
const SEEDS = CKPT_SEED === undefined ? [1, 2, 3, ...more] : [Number(CKPT_SEED)];

const large = { maxSections: 100, maxSectionSize: 300_000, checkpointSize: 30_000_000 };
const KINDS: Readonly<Record<string, CreationAttributes>> = { all: { ...A1, ...large }, active: { ...A2, ...large } };

/** Somebody who writes numbers to a section of his own, one after the other. */
interface Writer {
  readonly node: number;
  readonly name: string;
  readonly kind: string;
  readonly checkpoint: CkptCheckpoint;
  /** The last number that is safe whatever happens, and the last one that may have been written. */
  safe: number;
  asked: number;
  ended: boolean;
  /** It waits for `Run.resume`. */
  idle: boolean;
}

/** Writers on nodes that come and go. */
class Run {
  readonly writers: Writer[] = [];
  readonly down = new Set<number>();
  writes = 0;
  private hired = 0;
  private paused: Promise<void> | undefined;
  private resume = (): void => undefined;

  constructor(
    readonly all: CkptCluster,
    readonly random: Random,
  ) {}

  get up(): number[] {
    return NODES.filter((node) => !this.down.has(node));
  }

  async hire(node: number, kind: string): Promise<void> {
    const process = await this.all.process(node);
    const name = `${kind} ${++this.hired}`;
    const checkpoint = await process.open(kind, KINDS[kind]);
    await this.all.settled(checkpoint.sectionCreate({ sectionId: name }, bytes('0')));
    const writer: Writer = { node, name, kind, checkpoint, safe: 0, asked: 0, ended: false, idle: false };
    this.writers.push(writer);
    void this.work(writer);
  }

  crash(node: number): void {
    for (const writer of this.writers) if (writer.node === node) writer.ended = true;
    this.all.ais.cluster.crash(node);
    this.down.add(node);
  }

  start(node: number): void {
    this.down.delete(node);
    this.all.ais.cluster.start(node);
  }

  /** What each node has is between what is safe and what was asked for, and the same everywhere. */
  async check(what: string): Promise<void> {
    this.paused = new Promise((resume) => (this.resume = resume));
    await this.all.ais.cluster.until(() => this.writers.every(({ ended, idle }) => ended || idle), 'a pause');
    const contents: string[] = [];
    for (const node of this.up) {
      const process = await this.all.process(node);
      let content = '';
      for (const kind of Object.keys(KINDS)) {
        const checkpoint = await process.open(kind, KINDS[kind]);
        for (const { name, safe, asked } of this.writers.filter((writer) => writer.kind === kind)) {
          const read = await this.all.read(checkpoint, name);
          const value = Number(read);
          expect(
            value >= safe && value <= asked,
            `${what}: ${name} on ${node} is ${read}, ${safe} to ${asked}`,
          ).to.equal(true);
          content += `${name}=${value} `;
        }
        await this.all.settled(checkpoint.close());
      }
      contents.push(content);
    }
    expect(new Set(contents).size, `${what}: ${contents.join('\n')}`).to.equal(1);
    const [one, ...others] = this.all.states(...this.up);
    for (const other of others) expect(other, what).to.deep.equal(one);
    this.paused = undefined;
    this.resume();
  }

  async stop(): Promise<void> {
    for (const writer of this.writers) writer.ended = true;
    await this.all.ais.quiet(500);
  }

  private async work(writer: Writer): Promise<void> {
    const { checkpoint, name } = writer;
    try {
      while (!writer.ended) {
        if (this.paused !== undefined) {
          writer.idle = true;
          await this.paused;
          writer.idle = false;
        }
        const value = ++writer.asked;
        await checkpoint.write([{ sectionId: name, dataBuffer: bytes(`${value}`) }]);
        if (writer.kind === 'active') await checkpoint.synchronize(60n * SECOND);
        // An answer that comes to a dead node counts for nothing.
        if (!writer.ended) writer.safe = value;
        this.writes++;
      }
    } catch (thrown) {
      if (!writer.ended) expect.fail(`a write ended with ${outcomeName(thrown)}`);
    }
  }
}

async function begin(seed: number, label: string): Promise<Run> {
  const all = await CkptCluster.of(NODES, { seed });
  const run = new Run(all, new Random(seed, label));
  for (const node of NODES) for (const kind of Object.keys(KINDS)) await run.hire(node, kind);
  return run;
}

describe('CKPT in simulated clusters', () => {
  for (const seed of SEEDS) {
    it(`loses no write that was answered, with nodes killed at any moment (seed ${seed})`, async () => {
      const run = await begin(seed, 'crashes');
      const { cluster } = run.all.ais;
      for (let step = 0; step < 5; step++) {
        cluster.lose(run.random.chance(0.5) ? 0.02 : 0);
        await cluster.run(run.random.below(20) + run.random.fraction());
        // Its last frames reach nobody, or only some: too short a time for it to notice.
        const node = run.random.pick(run.up);
        if (run.random.chance(0.7)) {
          const others = run.up.filter((other) => other !== node);
          cluster.partition([node, ...others.slice(0, run.random.below(2))], others);
          await cluster.run(run.random.below(8) + run.random.fraction());
        }
        run.crash(node);
        cluster.partition();
        cluster.lose(0);
        await cluster.formed(...run.up);
        await run.check(`step ${step}, after node ${node}`);
        run.start(node);
        // Sometimes while it is synchronized.
        await cluster.run(run.random.below(3000));
        await cluster.formed(...NODES);
        await run.check(`step ${step}, node ${node} is back`);
        for (const kind of Object.keys(KINDS)) await run.hire(node, kind);
      }
      await run.stop();
      expect(run.writes).to.be.greaterThan(0);
    });

    it(`agrees after partitions, and keeps what only one side changed (seed ${seed})`, async () => {
      const all = await CkptCluster.of(NODES, { seed });
      const random = new Random(seed, 'partitions');
      const { cluster } = all.ais;
      const of = new Map<number, CkptCheckpoint[]>();
      const names = ['A', 'B', 'C', 'D'];
      for (const node of NODES) {
        const process = await all.process(node);
        of.set(node, []);
        for (const name of names) of.get(node)!.push(await process.open(name));
      }
      for (const [i] of names.entries()) await all.create(of.get(1)![i]!, 's', '-');
      const expected = names.map(() => '-');
      for (let step = 0; step < STEPS / 10; step++) {
        const shuffled = random.shuffled(NODES);
        const cut = random.between(1, NODES.length - 1);
        cluster.partition(shuffled.slice(0, cut), shuffled.slice(cut));
        await cluster.formed(...shuffled.slice(0, cut));
        await cluster.formed(...shuffled.slice(cut));
        const writes = names.map(async (_, i) => {
          const node = random.pick(NODES);
          for (let k = random.below(4); k >= 0; k--) {
            const value = `${step}.${node}.${k}`;
            const checkpoint = of.get(node)![i]!;
            await (random.chance(0.5)
              ? checkpoint.sectionOverwrite('s', bytes(value))
              : checkpoint.sectionDelete('s').then(() => checkpoint.sectionCreate({ sectionId: 's' }, bytes(value))));
            expected[i] = value;
          }
        });
        await all.settled(Promise.all(writes));
        // Both sides make one of the same name.
        const [left, right] = [await all.process(shuffled[0]), await all.process(shuffled.at(-1))];
        const twins = [await left.open(`twin ${step}`), await right.open(`twin ${step}`)];
        await all.create(twins[0]!, 's', 'left');
        await all.create(twins[1]!, 's', 'right');
        cluster.partition();
        await all.ais.quiet(3000);
        await cluster.formed(...NODES);
        await all.ais.quiet();
        for (const node of NODES) {
          const found = await Promise.all(of.get(node)!.map((one) => all.settled(one.read([{ sectionId: 's' }]))));
          expect(
            found.map(([data]) => text(data)),
            `node ${node}, step ${step}`,
          ).to.deep.equal(expected);
        }
        const [one, ...others] = all.states(...NODES);
        for (const other of others) expect(other).to.deep.equal(one);
        const twin = await all.read(twins[0]!, 's');
        expect(twin).to.be.oneOf(['left', 'right']);
        expect(await all.read(twins[1]!, 's')).to.equal(twin);
        const told = [left, right].map(({ log }) => log.filter((line) => line.startsWith('replaced')).length);
        expect(told, 'the one whose content is gone').to.deep.equal(twin === 'left' ? [0, 1] : [1, 0]);
        for (const process of [left, right]) await all.settled(process.ckpt.finalize());
      }
    });
  }
});
