import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { eventually, Lab, needsLab } from './lab.js';
import type { Daemon } from './lab.js';

interface Outcome {
  readonly status: number | null;
  readonly text: string;
}

/** Runs a tool in the daemon's namespaces; what it wrote, its errors too. */
function run(daemon: Daemon, command: readonly string[]): Outcome {
  const inside = ['-t', `${daemon.pid}`, '-m', '-n', '--uts', 'timeout', '20', ...command];
  const { status, stdout, stderr } = spawnSync('nsenter', inside, { encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

function succeeds(daemon: Daemon, ...command: string[]): void {
  const { status, text } = run(daemon, command);
  expect(status, `${command.join(' ')} on ${daemon.name}: ${text}`).to.equal(0);
}

/**
 * What a tool wrote, without what differs between two Corosync nodes of one ring: the time, addresses, process ids, and
 * which of the nodes is the local one.
 */
function comparable(daemon: Daemon, text: string): string {
  return (
    text
      .replace(/^Date: .*$/m, 'Date: now')
      .replace(/10\.77\.0\.\d+/g, 'address')
      .replace(/ \(local\)/g, '')
      .replace(/^(Local node ID|Node ID:)\s+\d+/m, '$1 own')
      .replace(/nodeid:\s+(\d+)/g, (_, id) => `nodeid: ${Number(id) === daemon.host ? 'own' : 'other'}`)
      .replace(/^(\tstatus\t= )(.*)$/gm, (_, head: string, flags: string) => head + [...flags].sort().join(''))
      // Services of Chorale's own, which Corosync does not have.
      .replace(/^internal_configuration\.service\.(3[2-9]|[4-9]\d)\..*\n/gm, '')
      .replace(/^(nodelist\.local_node_pos \(u32\)) = \d+/m, '$1 = own')
      .split('\n')
      .sort()
      .join('\n')
  );
}

/** Debian's own tools on a Chorale node say what they say on a Corosync node of the same ring. */
describe("interop: Corosync's tools, side by side", function () {
  this.timeout(180_000);
  needsLab(this);

  let lab: Lab;
  let chorale: Daemon;
  let corosync: Daemon;
  before(async () => {
    lab = new Lab({ nodes: 2, transport: 'udpu' });
    [chorale, corosync] = lab.start('chorale', 'corosync') as [Daemon, Daemon];
    await lab.oneRing();
  });
  after(() => lab?.close());

  function same(...command: string[]): Outcome {
    const [ours, theirs] = [chorale, corosync].map((daemon) => {
      const { status, text } = run(daemon, command);
      return { status, text: comparable(daemon, text) };
    }) as [Outcome, Outcome];
    expect(ours, command.join(' ')).to.deep.equal(theirs);
    return ours;
  }

  it('corosync-quorumtool: status, nodes, addresses, one node', () => {
    const { status, text } = same('corosync-quorumtool', '-s');
    expect(status).to.equal(0);
    expect(text)
      .to.match(/^Quorate:\s+Yes$/m)
      .and.match(/^Expected votes:\s+2$/m);
    for (const flags of [['-l'], ['-i', '-l'], ['-i'], ['-f', '-s'], ['-o', 'n', '-l'], ['-V'], ['-p', '-s']]) {
      same('corosync-quorumtool', ...flags);
    }
  });

  it('corosync-quorumtool: votes and expected votes, of any node, seen at each', async () => {
    const expected = (daemon: Daemon): string | undefined =>
      /^Expected votes:\s+(\d+)$/m.exec(run(daemon, ['corosync-quorumtool', '-s']).text)?.[1];
    const votes = (daemon: Daemon): string | undefined =>
      /^Total votes:\s+(\d+)$/m.exec(run(daemon, ['corosync-quorumtool', '-s']).text)?.[1];
    for (const [daemon, number] of [
      [chorale, '3'],
      [corosync, '2'],
    ] as const) {
      succeeds(daemon, 'corosync-quorumtool', '-e', number);
      for (const seen of [chorale, corosync]) await eventually(`${number} expected`, () => expected(seen) === number);
    }
    for (const [daemon, node, number, total] of [
      [chorale, '2', '2', '3'],
      [corosync, '1', '2', '4'],
    ] as const) {
      succeeds(daemon, 'corosync-quorumtool', '-n', node, '-v', number);
      for (const seen of [chorale, corosync]) await eventually(`${total} votes`, () => votes(seen) === total);
      same('corosync-quorumtool', '-s');
    }
    for (const flags of [
      ['-e', '0'],
      ['-e', '1000'],
      ['-n', '7', '-v', '1'],
      ['-n', '1', '-v', '100'],
      ['-v', '-1'],
    ]) {
      same('corosync-quorumtool', ...flags);
    }
    await eventually('the same votes again', () => expected(chorale) === expected(corosync));
  });

  it('corosync-cmapctl: list, get, set, delete, errors', () => {
    for (const args of [
      ['totem.'],
      ['nodelist.'],
      ['quorum.'],
      ['config.'],
      ['system.'],
      ['internal_configuration.'],
      ['nix.'],
      ['-g', 'totem.token'],
      ['-g', 'nix'],
      ['-g', 'a b'],
      ['-s', 'totem.version', 'u8', '3'],
      ['-s', 'test.number', 'u8', '300'],
      ['-s', 'test.number', 'i8', '-3'],
      ['-g', 'test.number'],
      ['-s', 'test.number', 'u64', '18446744073709551615'],
      ['-g', 'test.number'],
      ['-s', 'test.real', 'flt', '1.5'],
      ['-s', 'test.real2', 'dbl', '-2.25'],
      ['-s', 'test.text', 'str', 'a text with blanks, and more'],
      ['-s', 'test.bytes', 'bin', '/etc/hostname'],
      ['test.'],
      ['-b', 'test.'],
      ['-D', 'test.'],
      ['test.'],
      ['-d', 'test.text'],
      ['-s', 'te st', 'u8', '1'],
      ['-s', `${'k'.repeat(300)}`, 'u8', '1'],
      ['-m', 'stats', '-s', 'stats.srp.orf_token_tx', 'u64', '1'],
      ['-m', 'stats', '-g', 'stats.nix'],
      ['-m', 'nix'],
      ['-C', 'all'],
      ['-C', 'ipc'],
    ]) {
      same('corosync-cmapctl', ...args);
    }
  });

  it('corosync-cmapctl: tracks keys and prefixes', async () => {
    async function tracked(daemon: Daemon, flag: string, key: string): Promise<string> {
      const words = ['stdbuf', '-oL', 'corosync-cmapctl', flag, key];
      const tracker = spawn('nsenter', ['-t', `${daemon.pid}`, '-m', '-n', '--uts', ...words], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let text = '';
      tracker.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
      await eventually('the tracker', () => text.includes('Type "q" to finish'));
      for (const args of [
        ['-s', 'test.one', 'u8', '1'],
        ['-s', 'test.one', 'u8', '1'],
        ['-s', 'test.one', 'u16', '2'],
        ['-s', 'test.one.more', 'str', 'first'],
        ['-s', 'test.one.more.still', 'i32', '-5'],
        ['-s', 'test.other', 'u8', '1'],
        ['-D', 'test.'],
      ]) {
        run(daemon, ['corosync-cmapctl', ...args]);
      }
      await eventually('the last deletion', () => /^delete> test\.one \(/m.test(text));
      tracker.stdin.end('q\n');
      await once(tracker, 'close');
      return text;
    }
    for (const [flag, key] of [
      ['-t', 'test.one'],
      ['-T', 'test.one'],
      ['-T', 'test.'],
    ] as const) {
      const [ours, theirs] = [await tracked(chorale, flag, key), await tracked(corosync, flag, key)];
      expect(ours, `${flag} ${key}`).to.equal(theirs);
    }
  });

  it('corosync-cfgtool: links, nodes, addresses, reopening logs, refusals', () => {
    for (const args of [
      ['-s'],
      ['-n'],
      ['-b', '-s'],
      ['-i', '0', '-s'],
      ['-a', '1'],
      ['-a', '2'],
      ['-a', '9'],
      ['-L'],
      ['-k', '9'],
    ]) {
      same('corosync-cfgtool', ...args);
    }
  });

  it('corosync-cpgtool: groups and their processes on both', async () => {
    const clients = [await chorale.client('tools'), await corosync.client('tools'), await chorale.client('other')];
    for (const args of [[], ['-e'], ['-n'], ['-d', ',']]) same('corosync-cpgtool', ...args);
    expect(same('corosync-cpgtool', '-n').text).to.match(/tools/);
    for (const client of clients) client.end();
    await eventually('the groups to end', () => !/tools|other/.test(run(corosync, ['corosync-cpgtool', '-n']).text));
    same('corosync-cpgtool');
  });

  it('corosync-cfgtool -R and -k from the Chorale node', async () => {
    const mark = corosync.output.count;
    same('corosync-cfgtool', '-R');
    await corosync.output.find(/Config reload requested by node 1/, mark, corosync.name);
    succeeds(chorale, 'corosync-cfgtool', '-k', '2');
    expect(await corosync.ended()).to.equal(255);
    await chorale.on([1]);
    corosync.start();
    await lab.oneRing();
  });

  it('corosync-cfgtool -H ends the Chorale node in good order', async () => {
    succeeds(chorale, 'corosync-cfgtool', '-H');
    expect(await chorale.ended()).to.equal(0);
    await corosync.output.find(/Node 1 was shut down by sysadmin/, 0, corosync.name);
    chorale.start();
    await lab.oneRing();
  });
});
