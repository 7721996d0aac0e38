import { expect } from 'chai';
import { Rehearsal } from '../../core/cli/rehearsal/rehearsal.js';
import { DEFAULT_RING_PARAMETERS } from '../../core/totem/srp/parameters.js';

const parameters = DEFAULT_RING_PARAMETERS;
/** What keeps this process alive besides mocha, which has timers of its own. */
const handles = (): string[] => process.getActiveResourcesInfo().filter((name) => name !== 'Timeout');

describe('rehearsal of the daemon', () => {
  it('brings messages of a client round a ring inside the process, and all of them back', async () => {
    const rehearsal = new Rehearsal({ parameters, netmtu: 1500, deadlineMs: Infinity, exchanges: [16, 32] });
    await rehearsal.run();
    // In every sixteenth exchange sixteen messages go at once.
    expect(rehearsal.messages).to.equal(15 + 16 + 2 * (15 + 16));
  });

  it('takes the frames of the configured netmtu', async () => {
    for (const netmtu of [576, 9000]) {
      const rehearsal = new Rehearsal({ parameters, netmtu, deadlineMs: Infinity, exchanges: [16] });
      await rehearsal.run();
      expect(rehearsal.messages, `netmtu ${netmtu}`).to.equal(31);
    }
  });

  it('ends at its deadline, also before it has begun', async () => {
    const rehearsal = new Rehearsal({ parameters, netmtu: 1500, deadlineMs: 0 });
    await rehearsal.run();
    expect(rehearsal.messages).to.equal(0);
  });

  it('leaves nothing behind that keeps the process alive', async () => {
    const before = handles();
    await new Rehearsal({ parameters, netmtu: 1500, deadlineMs: Infinity, exchanges: [16] }).run();
    expect(handles()).to.deep.equal(before);
  });
});
