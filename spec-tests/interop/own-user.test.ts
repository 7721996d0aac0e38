import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { freePort } from '../../core/cli/demo/places.js';
import { eventually, needsLab } from './lab.js';

const DIST = fileURLToPath(new URL('../../dist/core/', import.meta.url));
const NOBODY = 65534;
const STRANGER = 65533;
const INSTANCES = ['a', 'b', 'c'] as const;

/** Tells what the daemons of three instances answer to each service's client, and who delivers a message of each. */
const CLIENT = `
import { openCfg } from '${DIST}cfg.js';
import { openCmap } from '${DIST}cmap.js';
import { openConfdb } from '${DIST}confdb.js';
import { openCpg } from '${DIST}cpg.js';
import { openEvs } from '${DIST}evs.js';
import { openQuorum } from '${DIST}quorum.js';
import { openVotequorum } from '${DIST}votequorum.js';
const groups = [];
const answers = {};
for (const instance of ['a', 'b', 'c']) {
  const quorum = await openQuorum({ instance });
  const votes = await openVotequorum({ instance });
  const cfg = await openCfg({ instance });
  const cmap = await openCmap({ instance });
  const confdb = await openConfdb({ instance });
  const evs = await openEvs({ instance });
  const cpg = await openCpg({ instance });
  groups.push([cpg, cpg.events()]);
  await cpg.join('own');
  answers[instance] = {
    quorate: await quorum.quorate(),
    votes: (await votes.info()).totalVotes,
    local: await cfg.localNode(),
    name: (await cmap.get('totem.cluster_name')).value,
    confdb: confdb !== undefined,
    evs: evs !== undefined,
  };
  for (const client of [quorum, votes, cfg, cmap, confdb, evs]) client.close();
}
for (const [i, [cpg]] of groups.entries()) await cpg.multicast(new Uint8Array([i]));
answers.order = [];
for (const [cpg, events] of groups) {
  const seen = [];
  for await (const event of events) {
    if (event.kind === 'message') seen.push(event.sender.nodeId);
    if (seen.length === 3) break;
  }
  answers.order.push(seen.join());
  cpg.close();
}
console.log(JSON.stringify(answers));
`;

describe('a development cluster of a user who is not root', function () {
  needsLab(this);
  let directory: string;
  const daemons: ChildProcess[] = [];

  /** Starts a program as a user, in an environment that holds only that user's directories. */
  function start(user: number, args: readonly string[]): ChildProcess {
    const as = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', process.execPath];
    const env = { PATH: process.env['PATH'], HOME: join(directory, 'home'), XDG_RUNTIME_DIR: join(directory, 'run') };
    return spawn('setpriv', [...as, ...args], { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async function run(user: number, args: readonly string[]): Promise<{ code: number; output: string }> {
    const child = start(user, args);
    let output = '';
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    return { code, output };
  }

  const chorale = (user: number, ...args: string[]): Promise<{ code: number; output: string }> =>
    run(user, [`${DIST}cli/chorale.js`, ...args]);

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'chorale-own-'));
    chmodSync(directory, 0o755);
    for (const name of ['home', 'run']) {
      mkdirSync(join(directory, name));
      chownSync(join(directory, name), NOBODY, NOBODY);
    }
    const port = await freePort(['127.0.0.1', '127.0.0.2', '127.0.0.3']);
    for (const instance of INSTANCES) {
      const nodes = INSTANCES.map(
        (name, i) => `node {\nname: ${name}\nnodeid: ${i + 1}\nring0_addr: 127.0.0.${i + 1}\n}`,
      );
      const text =
        `totem {\nversion: 2\ncluster_name: own\ntransport: udpu\ninterface {\nmcastport: ${port}\n}\n}\n` +
        `system {\ninstance: ${instance}\n}\nnodelist {\n${nodes.join('\n')}\n}\n` +
        'quorum {\nprovider: corosync_votequorum\n}\nlogging {\nto_stderr: yes\nto_syslog: no\n}\n';
      const file = join(directory, `${instance}.conf`);
      writeFileSync(file, text);
      daemons.push(start(NOBODY, [`${DIST}cli/choraled.js`, '-f', '-c', file]));
    }
    await eventually('three members', async () => {
      const { output } = await chorale(NOBODY, '-i', 'a', 'quorum', 'status');
      return /^nodes +3$/m.test(output);
    });
  });

  after(async () => {
    const ends = daemons.map((daemon) => daemon.exitCode ?? once(daemon, 'close'));
    for (const daemon of daemons) daemon.kill();
    await Promise.all(ends);
    if (directory) rmSync(directory, { recursive: true });
  });

  it('has a daemon a configuration file, each with its clients and its state', async () => {
    const { output } = await run(NOBODY, ['--input-type=module', '-e', CLIENT]);
    const each = { quorate: true, votes: 3, name: 'own', confdb: true, evs: true };
    expect(output, 'what the clients saw').to.match(/^\{.*\}$/m);
    const { order, ...answers } = JSON.parse(output) as { order: string[] };
    expect(answers).to.deep.equal({ a: { ...each, local: 1 }, b: { ...each, local: 2 }, c: { ...each, local: 3 } });
    expect(order[0]!.split(',').sort()).to.deep.equal(['1', '2', '3']);
    expect(new Set(order).size, 'orders of messages').to.equal(1);
    for (const [i, instance] of INSTANCES.entries()) {
      const { output: status } = await chorale(NOBODY, '-i', instance, 'quorum', 'status');
      expect(status).to.match(new RegExp(`^node +${i + 1}$`, 'm'));
      const ringId = join(directory, `home/.local/state/chorale/${instance}/ringid_${i + 1}`);
      expect(readFileSync(ringId)).to.have.length(8);
    }
  });

  it('refuses another user', async () => {
    const asked = `import { openCmap } from '${DIST}cmap.js';
      await openCmap({ instance: 'b' }).then((cmap) => { cmap.close(); console.log('in'); }, (e) => console.log(e.spec));`;
    const args = ['--input-type=module', '-e', asked];
    expect((await run(STRANGER, args)).output.trim()).to.equal('CS_ERR_ACCESS');
  });
});
