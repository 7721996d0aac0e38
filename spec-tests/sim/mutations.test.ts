import { expect } from 'chai';
import { searchAll } from './mutations/search.js';
import { mutatedSource } from './mutations/patch.js';
import { mutations } from './mutations/table.js';

/** Most seeds for each mutation, from the one that is known to be near. */
const MOST = 20;
/** What CI asks for. `npm run mutations` searches further and fails on any survivor. */
const LEAST_CAUGHT = 25;

describe('the checker', function () {
  this.timeout(1_500_000);

  it('is held against mutations that still fit the code, each with a name of its own', () => {
    expect(mutations.length).to.be.at.least(LEAST_CAUGHT);
    expect(new Set(mutations.map(({ id }) => id)).size).to.equal(mutations.length);
    for (const mutation of mutations) mutatedSource(mutation);
  });

  it(`finds at least ${LEAST_CAUGHT} mutations of the protocol within ${MOST} seeds each`, async () => {
    const verdicts = await searchAll(mutations, { most: MOST });
    const survivors = verdicts.filter(({ caught }) => caught === undefined).map(({ mutation }) => mutation.id);
    const caught = verdicts.length - survivors.length;
    console.log(
      `      ${caught} of ${verdicts.length} found; not within ${MOST} seeds: ${survivors.join(', ') || 'none'}`,
    );
    expect(caught, `npm run mutations -- --full ${survivors.join(' ')}`).to.be.at.least(LEAST_CAUGHT);
  });
});
