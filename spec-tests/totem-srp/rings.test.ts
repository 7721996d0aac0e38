import { expect } from 'chai';
import { Random, seedOf } from './random.js';
import { losing, losingMessages, Rings } from './rings.js';

const seed = seedOf('CHORALE_RINGS_SEED');

/** Short time-outs, so that a run shows many changes. */
const QUICK = { tokenMs: 300, tokenRetransmitMs: 70, holdMs: 40, consensusMs: 360, mergeMs: 50 };

function messagesOf(rings: Rings, id: number): string[] {
  return rings.events.get(id)!.flatMap((event) => (event.startsWith('deliver') ? [event.split(' ')[2]!] : []));
}

/** Three nodes on one ring, synchronized. */
function three(): Rings {
  const rings = new Rings([1, 2, 3]);
  rings.until([1, 2, 3], 1000);
  rings.run(50);
  return rings;
}

describe('totem srp: several nodes (totem.md 5, 6)', () => {
  before(() => console.log(`      seed ${seed} (CHORALE_RINGS_SEED)`));

  it('three nodes that start together form one ring and deliver everything in one order', () => {
    const rings = three();
    for (let i = 0; i < 300; i++) rings.send(1 + (i % 3), i % 7 === 0 ? 1 : 0);
    rings.run(2000);
    expect(messagesOf(rings, 1)).to.have.length(300);
    expect(messagesOf(rings, 2)).to.deep.equal(messagesOf(rings, 1));
    expect(messagesOf(rings, 3)).to.deep.equal(messagesOf(rings, 1));
    expect(rings.violations()).to.deep.equal([]);
  });

  it('one is killed: the others form a ring after the token and the consensus timeout', () => {
    const rings = three();
    rings.kill(3);
    expect(rings.until([1, 2], 20_000)).to.be.within(3650 - 700 + 4380, 3650 + 4380 + 200);
    expect(rings.violations()).to.deep.equal([]);
  });

  it('one leaves: the others form a ring at once', () => {
    const rings = three();
    rings.leave(3);
    expect(rings.until([1, 2], 20_000)).to.be.below(20);
    const log = rings.nodes.get(1)!.log.join('\n');
    expect(log).to.match(/left: 3/);
    expect(log).not.to.match(/Failed to receive the leave message/);
  });

  it('a killed one comes back: it is merged within the time of a JOIN', () => {
    const rings = three();
    rings.kill(2);
    rings.until([1, 3], 20_000);
    rings.start(2);
    expect(rings.until([1, 2, 3], 20_000)).to.be.below(100);
    expect(rings.violations()).to.deep.equal([]);
  });

  it('a network that splits makes two rings; healed, an idle pair finds itself by MERGE', () => {
    const rings = three();
    rings.split([1], [2, 3]);
    rings.run(10_000);
    expect([rings.formed([1]), rings.formed([2, 3])]).to.deep.equal([true, true]);
    for (const id of [1, 2, 3]) rings.send(id);
    rings.run(1000);
    rings.split([1, 2, 3]);
    // MERGEs come every 700 to 900 ms (6.7).
    expect(rings.until([1, 2, 3], 20_000)).to.be.below(1000);
    rings.run(100);
    expect(rings.violations()).to.deep.equal([]);
    expect(messagesOf(rings, 2)).to.deep.equal(messagesOf(rings, 3));
    expect(messagesOf(rings, 1)).to.have.length(1);
  });

  it('at 20 % loss of messages everything is delivered everywhere, without a change of membership', () => {
    const rings = three();
    const configurations = rings.events.get(1)!.filter((event) => event.startsWith('regular')).length;
    rings.lost = losingMessages(new Random(seed), 0.2);
    for (let i = 0; i < 300; i++) {
      rings.send(1 + (i % 3), i % 5 === 0 ? 1 : 0);
      rings.run(2);
    }
    rings.run(5000);
    for (const id of [1, 2, 3]) expect(messagesOf(rings, id)).to.have.length(300);
    expect(rings.events.get(1)!.filter((event) => event.startsWith('regular'))).to.have.length(configurations);
    expect(rings.violations()).to.deep.equal([]);
  });

  it('a member killed in the middle of traffic, with losses while the others recover: they deliver the same', () => {
    for (let run = 0; run < 30; run++) {
      const random = new Random(seed + run);
      const ids = [1, 2, 3, 4];
      const rings = new Rings(ids, { parameters: QUICK });
      rings.until(ids, 3000);
      rings.run(30);
      rings.lost = losingMessages(random, 0.4);
      for (let i = 0; i < 40; i++) {
        rings.send(random.pick(ids), random.chance(0.3) ? 1 : 0);
        rings.run(0.3);
      }
      rings.kill(random.pick(ids));
      // Enough for attempts to fail in every phase.
      rings.lost = losing(random, 0.3 + random.below(40) / 100);
      rings.run(500 + random.below(4000));
      rings.split(ids);
      rings.until([...rings.nodes.keys()].sort(), 30_000);
      rings.run(1000);
      expect(rings.violations(), `seed ${seed}, run ${run}`).to.deep.equal([]);
    }
  });

  it('random loss, splits, kills, restarts and leaves: extended virtual synchrony holds, and a healed network heals', () => {
    for (let run = 0; run < 25; run++) {
      const random = new Random(seed + 1000 + run);
      const ids = [1, 2, 3, 4];
      const near = random.chance(0.3);
      const rings = new Rings(ids, {
        parameters: QUICK,
        littleEndian: random.chance(0.5),
        ...(near ? { firstSeq: 0xffffff00, firstTokenSeq: 0xfffffff0 } : {}),
      });
      for (let step = 0; step < 30; step++) {
        rings.run(random.below(300));
        const roll = random.below(10);
        if (roll === 0) rings.lost = losing(random, random.below(30) / 100);
        else if (roll === 1) rings.lost = losingMessages(random, random.below(40) / 100);
        else if (roll === 2) rings.split(...halves(ids, random));
        else if (roll === 3) rings.split(ids);
        const id = random.pick(ids);
        if (roll === 4) restartOrStop(rings, id, random);
        for (let count = random.below(30); count > 0; count--) {
          const sender = random.pick(ids);
          if (rings.nodes.has(sender)) rings.send(sender, random.chance(0.3) ? 1 : 0);
        }
      }
      for (const id of ids) if (!rings.nodes.has(id)) rings.start(id);
      rings.split(ids);
      rings.until(ids, 30_000);
      rings.run(3000);
      expect(rings.violations(), `seed ${seed}, run ${run}`).to.deep.equal([]);
      for (const [id, bench] of rings.nodes) {
        expect(bench.memory.freeFrames, `seed ${seed}, run ${run}, node ${id}`).to.equal(4096 + 16 - 1);
        expect(bench.fatal).to.deep.equal([]);
      }
    }
  });
});

function halves(ids: readonly number[], random: Random): number[][] {
  const groups: number[][] = [[], []];
  for (const id of ids) groups[random.below(2)]!.push(id);
  return groups;
}

function restartOrStop(rings: Rings, id: number, random: Random): void {
  if (!rings.nodes.has(id)) rings.start(id);
  else if (random.chance(0.5)) rings.kill(id);
  else rings.leave(id);
}
