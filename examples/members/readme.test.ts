import { expect } from 'chai';
import { ExampleRun } from '../../spec-tests/support/example-run.js';

describe('the README of the membership watcher', function () {
  this.timeout(300_000);
  let run: ExampleRun;
  before(() => (run = new ExampleRun('members')));
  after(() => run.close());

  it('does what it says', async () => {
    const [a, alone, watch, b, both, left, ...more] = run.commands;
    expect(more).to.deep.equal([]);
    const first = run.start(a!.command);
    await first.says(/Sync members\[1\]: 1[^]*Completed service synchronization/);
    expect(await run.start(alone!.command).output()).to.equal(alone!.output);
    const watcher = run.start(watch!.command);
    await watcher.says(new RegExp(`^${watch!.output!}$`, 'm'));
    const second = run.start(b!.command);
    await second.says(/Sync members\[2\]: 1 2[^]*Completed service synchronization/);
    await watcher.says(/^b joined$/m);
    expect(await run.start(both!.command).output()).to.equal(both!.output);
    // "Kill node b."
    await second.end('SIGKILL');
    await watcher.says(/^b left$/m);
    expect(await run.start(left!.command).output()).to.equal(left!.output);
    // On a machine that stands still for seconds, nodes may lose sight of each other in between.
    expect(watcher.text).to.match(/^a is there\nb joined\n/);
    expect(watcher.text).to.match(/\nb left\n$/);
  });
});
