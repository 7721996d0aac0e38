import { expect } from 'chai';
import { Random } from '../../core/sim/random.js';
import type { CkptCheckpoint, CreationAttributes } from '../../plugins/ckpt/index.js';
import { SERVICE } from '../../plugins/ckpt/operations.js';
import { A1, CkptCluster, bytes } from './ckpt-cluster.js';
import type { CkptProcess } from './ckpt-cluster.js';
import type { Votes } from './quorum-plugins.js';

const NODES = [1, 2, 3, 4];
/** Node 4 alone is quorate, the three others together are not. */
const FOUR_DECIDES: Votes = new Map(NODES.map((node) => [node, node === 4 ? 4 : 1]));
/** It takes some time to be sent. */
const LARGE: CreationAttributes = { ...A1, checkpointSize: 2_000_000, maxSectionSize: 2_000_000 };
/** CKPT_SEED: run only this one. */
const { CKPT_SEED } = process.env;
const SEEDS = CKPT_SEED === undefined ? [1, 2, 3, Math.floor(Math.random() * 1e9)] : [Number(CKPT_SEED)];

/** On each node a program that has one checkpoint of one section open. */
class Sides {
  readonly programs = new Map<number, CkptProcess>();
  readonly opened = new Map<number, CkptCheckpoint>();

  private constructor(readonly all: CkptCluster) {}

  static async of(votes?: Votes, seed = 1): Promise<Sides> {
    const sides = new Sides(await CkptCluster.of(NODES, { seed, ...(votes && { votes }) }));
    for (const node of NODES) {
      const program = await sides.all.process(node);
      sides.programs.set(node, program);
      sides.opened.set(node, await program.open());
    }
    await sides.all.create(sides.opened.get(1)!, 's', 'old');
    return sides;
  }

  async part(...groups: number[][]): Promise<void> {
    this.all.ais.cluster.partition(...groups);
    for (const group of groups) await this.all.ais.cluster.formed(...group);
  }

  async meet(): Promise<void> {
    this.all.ais.cluster.partition();
    await this.all.ais.cluster.formed(...NODES);
    await this.all.ais.quiet();
  }

  /** Until the service's turn in synchronization, after quorum's. */
  async synchronizing(): Promise<void> {
    const { cluster } = this.all.ais;
    const service = (): unknown => (cluster.node(4).dump()['sync'] as { service?: number }).service;
    while (service() !== SERVICE.id) await cluster.run(1);
  }

  async write(node: number, ...contents: string[]): Promise<void> {
    for (const content of contents) {
      await this.all.settled(this.opened.get(node)!.sectionOverwrite('s', bytes(content)));
    }
  }

  /** What every node has. */
  async content(): Promise<string> {
    const found = [];
    for (const node of NODES) found.push(await this.all.read(this.opened.get(node)!, 's'));
    expect(new Set(found).size, found.join()).to.equal(1);
    return found[0]!;
  }

  /** Nodes whose programs were told that another side's content took the place of theirs. */
  get replaced(): number[] {
    return NODES.filter((node) => this.programs.get(node)!.log.some((line) => line.startsWith('replaced')));
  }
}

describe('CKPT where partitions meet', () => {
  it('keeps what the quorate side wrote, though the other is larger and wrote more', async () => {
    const sides = await Sides.of(FOUR_DECIDES);
    await sides.part([1, 2, 3], [4]);
    await sides.write(2, 'a', 'b', 'c', 'd');
    await sides.write(4, 'quorate');
    await sides.meet();
    expect(await sides.content()).to.equal('quorate');
    expect(sides.replaced).to.deep.equal([1, 2, 3]);
  });

  it('keeps what only the side without quorum wrote', async () => {
    const sides = await Sides.of(FOUR_DECIDES);
    await sides.part([1, 2, 3], [4]);
    await sides.write(2, 'alone');
    await sides.meet();
    expect(await sides.content()).to.equal('alone');
    expect(sides.replaced).to.deep.equal([4]);
  });

  it('keeps what the larger side wrote where nobody counts quorum, though the other wrote more', async () => {
    const sides = await Sides.of();
    await sides.part([1], [2, 3, 4]);
    await sides.write(1, 'a', 'b', 'c', 'd');
    await sides.write(3, 'larger');
    await sides.meet();
    expect(await sides.content()).to.equal('larger');
    expect(sides.replaced).to.deep.equal([1]);
  });

  it('does not bring a content back that was given up before its last side came', async () => {
    const sides = await Sides.of();
    await sides.part([1, 2], [3, 4]);
    await sides.write(2, 'given up');
    await sides.write(3, 'kept');
    await sides.part([1], [2], [3, 4]);
    await sides.part([1], [2, 3, 4]);
    expect(await sides.all.read(sides.opened.get(2)!, 's')).to.equal('kept');
    // Node 1, which has it still, is the first of two sides of one node each.
    await sides.part([1, 4], [2, 3]);
    expect(await sides.all.read(sides.opened.get(1)!, 's')).to.equal('kept');
  });

  for (const seed of SEEDS) {
    it(`keeps what the quorate side wrote when the meeting is interrupted (seed ${seed})`, async () => {
      const sides = await Sides.of(FOUR_DECIDES, seed);
      const large = await sides.programs.get(1)!.open('large', LARGE);
      await sides.all.create(large, 'l', 'x'.repeat(LARGE.maxSectionSize));
      const random = new Random(seed, 'merge');
      const { cluster } = sides.all.ais;
      for (let round = 0; round < 4; round++) {
        await sides.part([1, 2, 3], [4]);
        await sides.write(2, 'a', 'b', 'c');
        await sides.write(4, `quorate ${round}`);
        cluster.partition();
        await sides.synchronizing();
        await cluster.run(random.below(4));
        cluster.partition([1, 2, 3], [4]);
        // Sometimes too short for the sides to form rings of their own again.
        await cluster.until(() => cluster.node(1).status.state === 'gather', 'the loss of the ring');
        await cluster.run(random.pick([0, 10, 3000]));
        await sides.meet();
        expect(await sides.content(), `round ${round}`).to.equal(`quorate ${round}`);
      }
    });
  }
});
