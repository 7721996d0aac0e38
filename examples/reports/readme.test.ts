import { expect } from 'chai';
import { ExampleRun } from '../../spec-tests/support/example-run.js';

describe('the README of the reports', function () {
  this.timeout(180_000);
  let run: ExampleRun;
  before(() => (run = new ExampleRun('reports')));
  after(() => run.close());

  it('does what it says', async () => {
    const daemons = run.commands.filter(({ command }) => command.startsWith('npx choraled'));
    const clients = run.commands.filter(({ command }) => command.startsWith('node dist/examples/reports/main.js'));
    expect([daemons.length, clients.length, run.commands.length]).to.deep.equal([1, 1, 2]);
    const nodes = daemons.map(({ command }) => run.start(command));
    for (const node of nodes) await node.says(/Sync members\[1\]: 1[^]*Completed service synchronization/);
    for (const { command, output } of clients) {
      const lines = await run.start(command).output();
      expect(lines.split('\n').join(', '), command).to.equal(output);
    }
  });
});
