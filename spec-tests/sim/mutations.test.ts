import { expect } from 'chai';
import { knownSeeds } from './mutations/known-seeds.js';
import { mutatedSource } from './mutations/patch.js';
import { searchAll } from './mutations/search.js';
import { mutations } from './mutations/table.js';

/** Seeds tried for a mutation that the known seed does not show any more; `npm run mutations` tries more. */
const MOST = 60;

describe('the checker', function () {
  // Two minutes on two quiet processors: a process and two runs for each mutation.
  this.timeout(1_500_000);

  it('is held against at least 25 mutations that still fit the code, each with a name of its own', () => {
    expect(mutations.length).to.be.at.least(25);
    expect(new Set(mutations.map(({ id }) => id)).size).to.equal(mutations.length);
    for (const mutation of mutations) mutatedSource(mutation);
  });

  it('knows a seed for each', () => {
    expect(Object.keys(knownSeeds())).to.deep.equal(mutations.map(({ id }) => id));
  });

  it('finds every mutation of the protocol', async () => {
    const verdicts = await searchAll(mutations, { from: 1, most: MOST, known: true });
    const anew = verdicts.filter(({ runs }) => runs > 1).map(({ mutation, runs }) => `${mutation.id} (${runs} seeds)`);
    if (anew.length > 0) console.log(`      not by the known seed, npm run mutations -- --record: ${anew.join(', ')}`);
    const survivors = verdicts.filter(({ caught }) => caught === undefined).map(({ mutation }) => mutation.id);
    expect(survivors).to.deep.equal([]);
  });
});
