import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ansiStyle, plainStyle, styleFor } from '../../core/cli/commands/style.js';
import { pluginTable } from '../../core/cli/commands/status/plugin-table.js';
import type { NodeStatus } from '../../core/host/node-status.js';
import { CHORALE, run } from './processes.js';

describe('cli: chorale', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'chorale-cli-'));
  });
  after(() => rmSync(directory, { recursive: true }));

  const chorale = (...args: string[]) => run(CHORALE, args, { CHORALE_RUN_DIR: directory });

  for (const args of [['status'], ['reload'], ['cpg', 'send', 'g', 'text'], ['plugin', 'list']]) {
    it(`${args.join(' ')} ends with 3 where no daemon runs, and says how to start one`, async () => {
      const { code, stdout, stderr } = await chorale(...args);
      expect({ code, stdout }).to.deep.equal({ code: 3, stdout: '' });
      expect(stderr).to.contain(join(directory, 'choraled.sock')).and.to.contain('Start it with "choraled"');
    });
  }

  it('finds the daemon by instance or by socket', async () => {
    expect((await chorale('-i', 'b', 'status')).stderr).to.contain(join(directory, 'choraled-b.sock'));
    expect((await chorale('-s', '/nowhere/x.sock', 'status')).stderr).to.contain('/nowhere/x.sock');
  });

  for (const args of [['nonsense'], ['status', '--nonsense'], ['cpg', 'send'], ['cpg', 'listen', 'g', '-n', '0'], []]) {
    it(`ends with 2 for "${args.join(' ')}"`, async () => {
      const { code, stderr } = await chorale(...args);
      expect(code).to.equal(2);
      expect(stderr).to.match(/chorale -h lists the commands|Usage: chorale/);
    });
  }

  it('prints help and version as success', async () => {
    const help = await chorale('--help');
    expect({ code: help.code, stderr: help.stderr }).to.deep.equal({ code: 0, stderr: '' });
    for (const command of ['status', 'reload', 'leave', 'plugin', 'cpg', 'demo', 'proto']) {
      expect(help.stdout).to.match(new RegExp(`^  ${command} `, 'm'));
    }
    expect((await chorale('--version')).stdout).to.match(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('cli: the look of text', () => {
  const status: NodeStatus = {
    nodeId: 2,
    state: 'gather',
    members: [],
    rotationMs: 0,
    rates: { sent: 0, delivered: 0, retransmitted: 0, tokens: 0 },
    services: [
      { name: 'x', version: '1.0.0', service: 'cpg', id: 2, state: 'running', bugs: 0, clients: 3, rx: [], tx: [] },
      {
        ...{
          name: 'y',
          version: '2.0.0',
          service: 'counter',
          id: 40,
          state: 'failed',
          bugs: 4,
          clients: 0,
          rx: [],
          tx: [],
        },
        failure: 'threw too often',
      },
    ],
  };

  it('has colors only on a terminal that can, and never with NO_COLOR', () => {
    expect(styleFor({ isTTY: true }, { TERM: 'xterm' })).to.equal(ansiStyle);
    expect(styleFor({ isTTY: true }, { TERM: 'xterm', NO_COLOR: '' })).to.equal(ansiStyle);
    expect(styleFor({ isTTY: true }, { TERM: 'xterm', NO_COLOR: '1' })).to.equal(plainStyle);
    expect(styleFor({ isTTY: true }, { TERM: 'dumb' })).to.equal(plainStyle);
    expect(styleFor({}, { TERM: 'xterm' })).to.equal(plainStyle);
  });

  it('shows services in columns, and what ails one', () => {
    const [head, cpg, counter] = pluginTable(status.services, plainStyle) as [string, string, string];
    expect(head.indexOf('state')).to.equal(cpg.indexOf('running')).and.to.equal(counter.indexOf('failed'));
    expect(cpg).to.match(/ 3 +0 +0$/);
    expect(counter).to.match(/4 bugs {2}threw too often$/);
  });
});
