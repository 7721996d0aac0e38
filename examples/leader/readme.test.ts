import { expect } from 'chai';
import { ExampleRun } from '../../spec-tests/support/example-run.js';

describe('the README of the leader', function () {
  this.timeout(300_000);
  let run: ExampleRun;
  before(() => (run = new ExampleRun('leader')));
  after(() => run.close());

  it('does what it says', async () => {
    const [a, b, before, anna, bert, during, carla, ...more] = run.commands;
    expect(more).to.deep.equal([]);
    const nodes = [a!, b!].map(({ command }) => run.start(command));
    for (const node of nodes) await node.says(/Sync members\[2\]: 1 2[^]*Completed service synchronization/);
    expect(await run.start(before!.command).output()).to.equal(before!.output);
    const first = run.start(anna!.command);
    await first.says(new RegExp(`^${anna!.output!}$`, 'm'));
    const second = run.start(bert!.command);
    await second.says(new RegExp(`^${bert!.output!}$`, 'm'));
    expect(await run.start(during!.command).output()).to.equal(during!.output);
    // "Kill anna."
    await first.end('SIGKILL');
    await second.says(/^bert leads$/m);
    const third = run.start(carla!.command);
    await third.says(new RegExp(`^${carla!.output!}$`, 'm'));
    // "Kill node b."
    await nodes[1]!.end('SIGKILL');
    await third.says(/^carla leads$/m);
    expect(await second.output()).to.match(/^bert waits\nbert leads\nSA_AIS_ERR_LIBRARY: /);
  });
});
