import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Lab, needsLab } from './lab.js';
import type { Daemon } from './lab.js';

const here = fileURLToPath(new URL('./', import.meta.url));
const BENCH = join(here, '../../../shared/lab/cpg-bench.c');

/** Debian's own client libraries and tools, on a host whose daemon is Chorale's. */
describe("Corosync's client libraries and choraled", function () {
  this.timeout(180_000);
  needsLab(this);

  let programs: string;
  let lab: Lab;
  let daemon: Daemon;
  before(() => {
    // Readable for everybody: some of it runs as somebody else.
    programs = mkdtempSync(join(tmpdir(), 'chorale-libqb-'));
    chmodSync(programs, 0o755);
    build('cpg-bench', BENCH, '-lcpg', '-lpthread');
    build('libqb-client', join(here, 'libqb-client.c'), '-Wall', '-Wextra', '-Werror', '-lcpg');
  });
  after(() => {
    if (programs !== undefined) rmSync(programs, { recursive: true, force: true });
  });
  afterEach(() => lab?.close());

  function build(name: string, source: string, ...flags: string[]): void {
    execFileSync('cc', ['-O2', '-o', join(programs, name), source, ...flags], { stdio: 'inherit' });
  }

  /** Lines of a further `system` section. */
  async function start(...system: string[]): Promise<void> {
    lab = new Lab({ nodes: 1, transport: 'udpu' });
    if (system.length > 0) appendFileSync(lab.configuration, `system {\n${system.join('\n')}\n}\n`);
    [daemon] = lab.start('chorale') as [Daemon];
    await daemon.output.find(/ready to provide service/, 0, daemon.name);
  }

  function run(command: string): string {
    return daemon.exec('timeout', '60', 'sh', '-c', `PATH=${programs}:$PATH; (${command}) 2>&1; echo "status $?"`);
  }

  /** Runs beside the test; resolves to what it wrote. */
  function beside(command: string): { pid: Promise<number>; output: Promise<string> } {
    const child = spawn('nsenter', [
      '-t',
      `${daemon.pid}`,
      '-m',
      '-n',
      '--uts',
      'sh',
      '-c',
      `exec ${programs}/${command}`,
    ]);
    let text = '';
    const output = new Promise<string>((resolve) => child.on('close', () => resolve(text)));
    const pid = new Promise<number>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const said = /^pid (\d+)$/m.exec(text);
        if (said !== null) resolve(Number(said[1]));
      });
    });
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return { pid, output };
  }

  function json(text: string): Record<string, number> {
    const line = text.split('\n').find((one) => one.startsWith('{'));
    if (line === undefined) throw new Error(text);
    return JSON.parse(line) as Record<string, number>;
  }

  const directories = (): string[] => readdirSync('/dev/shm').filter((name) => name.startsWith(`qb-${daemon.pid}-`));
  const descriptors = (): number => readdirSync(`/proc/${daemon.pid}/fd`).length;
  const residentKb = (): number =>
    Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))![1]);

  async function nobodyLeft(): Promise<void> {
    for (let tries = 0; directories().length > 0; tries++) {
      if (tries > 200) throw new Error(`left: ${directories().join(' ')}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it("serve Corosync's tools", async () => {
    await start();
    expect(run('corosync-quorumtool -s'))
      .to.match(/^Quorate:\s+Yes$/m)
      .and.match(/status 0$/m);
    expect(run('corosync-cmapctl'))
      .to.match(/^nodelist\.node\.0\.nodeid \(u32\) = 1$/m)
      .and.match(/status 0$/m);
    expect(run('corosync-cfgtool -s'))
      .to.match(/addr\s+= 10\.77\.0\.1$/m)
      .and.match(/status 0$/m);
    expect(run('corosync-cpgtool'))
      .to.match(/^Group Name/m)
      .and.match(/status 0$/m);
    expect(run('corosync-cmapctl -s some.key u8 5; corosync-cmapctl -g some.key')).to.match(/some\.key \(u8\) = 5/);
    expect(run('corosync-cmapctl -m stats')).to.match(/procname \(str\) = corosync-cmapct/);
    await nobodyLeft();
  });

  it('carry messages of 8 bytes to 900 KB without an error', async () => {
    await start();
    for (const size of [8, 64, 1000, 4000, 60_000, 900_000]) {
      expect(json(run(`cpg-bench ping ${size} 50`)), `ping ${size}`).to.include({ errors: 0, count: 50 });
      const sink = beside('cpg-bench sink 1.5');
      const flood = json(run(`cpg-bench flood ${size} 0.5`));
      expect(flood, `flood ${size}`).to.include({ errors: 0 });
      expect(flood['delivered']).to.equal(flood['sent']);
      expect(json(await sink.output), `sink ${size}`).to.include({ errors: 0 });
    }
    await nobodyLeft();
  });

  it('are refused for a user that is not allowed, and let in by uidgid in cmap (ipc.md 11)', async () => {
    await start();
    const asNobody = `setpriv --reuid 65534 --regid 65534 --clear-groups ${programs}/cpg-bench ping 64 5`;
    expect(run(asNobody)).to.match(/cpg_initialize: 11/);
    const refusal = /client \d+ \(cpg-bench\) of service cpg \(uid 65534, gid 65534\) is refused/;
    await daemon.output.find(refusal, 0, daemon.name);
    run('corosync-cmapctl -s uidgid.uid.65534 u8 1');
    expect(json(run(asNobody))).to.include({ errors: 0 });
    run('corosync-cmapctl -d uidgid.uid.65534; corosync-cmapctl -s uidgid.gid.65534 u8 1');
    expect(json(run(asNobody))).to.include({ errors: 0 });
    await nobodyLeft();
  });

  it('work over sockets (qb_ipc_type: socket)', async () => {
    await start('qb_ipc_type: socket');
    expect(run('corosync-quorumtool -s')).to.match(/^Quorate:\s+Yes$/m);
    expect(run('corosync-cmapctl'))
      .to.match(/^nodelist\.node\.0\.nodeid \(u32\) = 1$/m)
      .and.match(/status 0$/m);
    expect(json(run('cpg-bench ping 1000 100'))).to.include({ errors: 0 });
    const flood = json(run('cpg-bench flood 1000 1'));
    expect(flood).to.include({ errors: 0 });
    expect(flood['delivered']).to.equal(flood['sent']);
    await nobodyLeft();
  });

  it('come and go a thousand times without leaving anything', async () => {
    await start();
    run('libqb-client come 100');
    await nobodyLeft();
    const [fds, memory] = [descriptors(), residentKb()];
    expect(run('libqb-client come 1000')).to.match(/^0 errors$/m);
    await nobodyLeft();
    expect(descriptors()).to.be.at.most(fds);
    // 3 MB a connection: one kept in thirty would show.
    expect(residentKb() - memory).to.be.lessThan(100_000);
  });

  it('that never read are cut off by name, and others do not notice', async () => {
    await start('ipc_queue_limit: 16777216');
    const deaf = beside('libqb-client deaf 20');
    const pid = await deaf.pid;
    const flood = beside('cpg-bench flood 1000 2');
    const ping = json(run('cpg-bench ping 64 200'));
    expect(ping['us_max']).to.be.lessThan(1_000_000);
    expect(json(await flood.output)).to.include({ errors: 0 });
    const line = new RegExp(`client ${pid} \\(libqb-client\\) of service cpg is disconnected: it does not read`);
    await daemon.output.find(line, 0, daemon.name);
    process.kill(pid, 'SIGKILL');
    await deaf.output;
    await nobodyLeft();
  });

  for (const harm of ['cut', 'scribble']) {
    it(`that ${harm} their shared memory end themselves only`, async () => {
      await start();
      const ping = beside('cpg-bench ping 64 3000');
      for (let i = 0; i < 5; i++) await beside(`libqb-client ${harm}`).output;
      const { errors, us_max: slowest } = json(await ping.output);
      expect(errors).to.equal(0);
      expect(slowest).to.be.lessThan(100_000);
      await nobodyLeft();
      expect(daemon.running).to.equal(true);
      const line = /client \d+ \(libqb-client\) of service cpg is disconnected/;
      if (harm === 'scribble') await daemon.output.find(line, 0, daemon.name);
    });
  }

  it('that join, send and die at random points, 50 at a time', async () => {
    const seconds = Number(process.env['LIBQB_CHURN_SECONDS'] ?? 15);
    const seed = Number(process.env['LIBQB_SEED'] ?? Date.now() % 1e9);
    await start('sched_rr: yes');
    run('libqb-client churn 2 1');
    await nobodyLeft();
    const [fds, memory] = [descriptors(), residentKb()];
    const churn = beside(`libqb-client churn ${seconds} ${seed}`);
    let said = '';
    let [pings, slowest] = [0, 0];
    try {
      // Ahead of the churn's own fifty processes, so that what is measured is the daemon.
      for (const until = performance.now() + 1000 * seconds; performance.now() < until;) {
        const { errors, count, us_max: longest } = json(run('chrt -r 1 cpg-bench ping 64 1000'));
        expect(errors, 'errors of a client that behaves').to.equal(0);
        pings += count!;
        slowest = Math.max(slowest, longest!);
      }
      expect(slowest, `µs, the slowest of ${pings} pings of a client that behaves`).to.be.lessThan(1_000_000);
      const text = await churn.output;
      said = text.trim();
      expect(text).to.match(/\d+ clients/);
      await nobodyLeft();
      expect(json(run('cpg-bench ping 64 200'))).to.include({ errors: 0 });
      await nobodyLeft();
      expect(descriptors()).to.be.at.most(fds);
      expect(residentKb() - memory, 'kB of memory grown').to.be.lessThan(100_000);
      expect(run('corosync-cpgtool')).to.not.match(/churn/);
    } catch (error) {
      throw new Error(`LIBQB_SEED=${seed}: ${(error as Error).message}`, { cause: error });
    }
    console.log(`      seed ${seed}: ${said} in ${seconds} s; slowest of ${pings} pings ${slowest} us`);
  }).timeout(120_000 + 1000 * Number(process.env['LIBQB_CHURN_SECONDS'] ?? 15));
});
