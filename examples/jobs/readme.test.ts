import { expect } from 'chai';
import { ExampleRun } from '../../spec-tests/support/example-run.js';

describe('the README of the jobs', function () {
  this.timeout(180_000);
  let run: ExampleRun;
  before(() => (run = new ExampleRun('jobs')));
  after(() => run.close());

  it('does what it says', async () => {
    const daemons = run.commands.filter(({ command }) => command.startsWith('npx choraled'));
    const clients = run.commands.filter(({ command }) => command.startsWith('node dist/examples/jobs/main.js'));
    expect([daemons.length, clients.length, run.commands.length]).to.deep.equal([2, 8, 10]);
    const nodes = daemons.map(({ command }) => run.start(command));
    for (const node of nodes) await node.says(/Sync members\[2\]: 1 2[^]*Completed service synchronization/);
    let isKilled = false;
    for (const { command, output } of clients) {
      if (command.includes('--instance b') && !isKilled) {
        // "Now kill node a." The other one has formed a ring of its own when it answers.
        await nodes[0]!.end('SIGKILL');
        isKilled = true;
      }
      const client = run.start(command);
      if (command.endsWith(' work')) {
        await client.says(/\n[^]*\n[^]*\n/);
        expect(client.text.trim().split('\n')).to.deep.equal(['ready', 'doing: put out', 'doing: sweep the yard']);
      } else expect(await client.output(), command).to.equal(output);
    }
  });
});
