import { expect } from 'chai';
import { B_01_01 } from 'chorale/sdk';
import { Random } from '../../core/sim/random.js';
import clmPlugin, { ClmLibrary, TrackFlags } from '../../plugins/clm/index.js';
import { expectAgreement, expectUnbroken, membersOf, viewOf } from './clm-views.js';
import type { View } from './clm-views.js';
import { AisCluster } from './cluster.js';

const NODES = [1, 2, 3, 4];
const STEPS = 80;
/** CLM_SEED: run only this one; CLM_SEEDS: so many more. */
const { CLM_SEED, CLM_SEEDS = '1' } = process.env;
const more = Array.from({ length: Number(CLM_SEEDS) }, () => Math.floor(Math.random() * 1e9));
const SEEDS = CLM_SEED === undefined ? [1, 2, 4, ...more] : [Number(CLM_SEED)];

/** A program that follows the views, in one life of its node. */
interface Follower {
  readonly node: number;
  readonly views: View[];
}

describe('CLM in simulated clusters', () => {
  for (const seed of SEEDS) {
    it(`shows every node the same views, none left out, whatever happens at whatever moment (seed ${seed})`, async () => {
      const ais = await AisCluster.of(NODES, [clmPlugin], { seed });
      const { cluster } = ais;
      const random = new Random(seed, 'views');
      const followers: Follower[] = [];
      const present = new Map<number, Follower>();
      const down = new Set<number>();
      const up = (): number[] => NODES.filter((node) => !down.has(node));

      const follow = async (node: number): Promise<void> => {
        const follower: Follower = { node, views: [] };
        const clm = await ais.settled(
          new ClmLibrary(cluster.program(node)).initialize(
            { clusterTrack: (buffer, members) => follower.views.push(viewOf(buffer, members)) },
            B_01_01,
            { dispatch: 'automatic' },
          ),
        );
        await ais.settled(clm.clusterTrack(TrackFlags.CURRENT | TrackFlags.CHANGES));
        followers.push(follower);
        present.set(node, follower);
      };
      const crash = (node: number): void => {
        cluster.crash(node);
        down.add(node);
        present.delete(node);
      };
      /** Everything is whole again: all know the same members, the same since when. */
      const settle = async (step: number): Promise<void> => {
        cluster.partition();
        cluster.lose(0);
        // A short cut may be noticed only now.
        await ais.quiet(3000);
        await cluster.formed(...up());
        await ais.quiet();
        for (const node of up()) if (!present.has(node)) await follow(node);
        const last = [...present.values()].map(({ views }) => views.at(-1)!);
        for (const view of last) {
          expect(membersOf(view), `step ${step}`).to.deep.equal(up());
          expect(view.number, `step ${step}`).to.equal(last[0]!.number);
        }
      };

      for (const node of NODES) await follow(node);
      for (let step = 0; step < STEPS; step++) {
        const chance = random.fraction();
        if (chance < 0.25 && up().length > 1) crash(random.pick(up()));
        else if (chance < 0.55 && down.size > 0) {
          const node = random.pick([...down]);
          down.delete(node);
          cluster.start(node);
        } else if (chance < 0.75) {
          const shuffled = random.shuffled(NODES);
          const cut = random.between(1, NODES.length - 1);
          cluster.partition(shuffled.slice(0, cut), shuffled.slice(cut));
        } else if (chance < 0.9) cluster.partition();
        else cluster.lose(random.chance(0.5) ? 0.05 : 0);
        // Sometimes long enough for a ring to form and synchronize, often in the middle of it.
        await cluster.run(random.below(random.chance(0.5) ? 3000 : 50));
        if (step % 20 === 19) await settle(step);
      }
      for (const [i, { node, views }] of followers.entries()) expectUnbroken(views, `program ${i} on node ${node}`);
      expectAgreement(followers.flatMap(({ views }) => views));
      expect(followers.flatMap(({ views }) => views).length).to.be.greaterThan(15);
    });
  }
});
