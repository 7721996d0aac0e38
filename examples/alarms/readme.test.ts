import { expect } from 'chai';
import { ExampleRun } from '../../spec-tests/support/example-run.js';

describe('the README of the alarms', function () {
  this.timeout(180_000);
  let run: ExampleRun;
  before(() => (run = new ExampleRun('alarms')));
  after(() => run.close());

  it('does what it says', async () => {
    const daemons = run.commands.filter(({ command }) => command.startsWith('npx choraled'));
    const clients = run.commands.filter(({ command }) => command.startsWith('node dist/examples/alarms/main.js'));
    expect([daemons.length, clients.length, run.commands.length]).to.deep.equal([2, 7, 9]);
    const nodes = daemons.map(({ command }) => run.start(command));
    for (const node of nodes) await node.says(/Sync members\[2\]: 1 2[^]*Completed service synchronization/);
    for (const { command, output } of clients) {
      const client = run.start(command);
      if (command.endsWith(' watch')) {
        await client.says(/\n[^]*\n/);
        expect(client.text.trim().split('\n')).to.deep.equal(['ups: battery at 20 percent', 'door: 7 is open']);
        await client.end('SIGTERM');
        // "Now kill node a."
        await nodes[0]!.end('SIGKILL');
      } else expect(await client.output(), command).to.equal(output);
    }
  });
});
