import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CHORALED, TestCluster, run } from './processes.js';

describe('cli: choraled', function () {
  let cluster: TestCluster;
  const make = async (...settings: Parameters<typeof TestCluster.make>): Promise<TestCluster> =>
    (cluster = await TestCluster.make(...settings));
  afterEach(() => cluster?.close());

  describe('-v and -t', () => {
    it('prints version and features', async () => {
      await make();
      const { code, stdout, stderr } = await run(CHORALED, ['-v']);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout).to.match(/^Chorale Cluster Engine, version '\d+\.\d+\.\d+'\n/);
      expect(stdout)
        .to.match(/Corosync 3\.1\.7/)
        .and.to.match(/transports: udp udpu; services: .*cpg/);
    });

    it('finds a good configuration good, and starts nothing', async () => {
      await make({ nodes: 3 });
      const { code, stdout, stderr } = await run(CHORALED, ['-t', ...cluster.daemonArguments(2)], cluster.env);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout).to.equal(`${cluster.configFile(2)}: good: 3 nodes over udpu; this is node 2 (127.0.0.2)\n`);
      expect(existsSync(cluster.runDirectory)).to.equal(false);
    });

    it('prints everything that is wrong with a configuration, by file and line, and ends with 8', async () => {
      await make();
      cluster.configure(1, ['join: 1', 'crypto_cipher: aes256', 'token: soon']);
      const { code, stdout, stderr } = await run(CHORALED, ['-t', ...cluster.daemonArguments(1)]);
      expect({ code, stdout }).to.deep.equal({ code: 8, stdout: '' });
      for (const key of ['totem.join', 'totem.crypto_cipher', 'totem.token']) {
        const line = stderr.split('\n').find((text) => text.includes(`: ${key}:`));
        expect(line, `${key} in ${stderr}`).to.match(/^\S+node-1\.conf(:\d+)?: /);
      }
    });

    it('ends with the same codes when started: 8 without a file, 7 for logging', async () => {
      await make({ logging: ['to_logfile: yes', 'logfile: /nowhere/at/all.log'] });
      const missing = await run(CHORALED, ['-f', '-c', join(cluster.directory, 'none.conf')], cluster.env);
      expect(missing.code).to.equal(8);
      expect(missing.stderr).to.match(/none\.conf: the configuration cannot be read: .*-c FILE/);
      const logging = await run(CHORALED, ['-f', ...cluster.daemonArguments(1)], cluster.env);
      expect(logging.code).to.equal(7);
      expect(logging.stderr).to.contain('/nowhere/at/all.log');
    });
  });

  describe('-f', () => {
    it('locks a pid file for its life, refuses a second daemon with 18, and removes the file at the end', async () => {
      await make();
      const daemon = cluster.start(1);
      await daemon.synchronized();
      // Read by another process: in the daemon itself reading would give up the lock.
      expect(readFileSync(cluster.pidFile(1), 'utf8')).to.equal(`${daemon.child.pid}\n`);
      const second = await run(CHORALED, ['-f', ...cluster.daemonArguments(1)], cluster.env);
      expect(second.code).to.equal(18);
      expect(second.stderr).to.contain(`already running: a daemon with pid ${daemon.child.pid}`);
      expect(readFileSync(cluster.pidFile(1), 'utf8')).to.equal(`${daemon.child.pid}\n`);
      daemon.child.kill('SIGTERM');
      expect(await daemon.ended()).to.equal(0);
      expect(existsSync(cluster.pidFile(1))).to.equal(false);
    });

    it('takes over the pid file of a daemon that was killed', async () => {
      await make();
      const first = cluster.start(1);
      await first.synchronized();
      await first.kill();
      expect(existsSync(cluster.pidFile(1))).to.equal(true);
      const second = cluster.start(1);
      await second.synchronized();
      expect(readFileSync(cluster.pidFile(1), 'utf8')).to.equal(`${second.child.pid}\n`);
    });

    it('ends with 17 where no pid file can be made', async () => {
      await make();
      writeFileSync(cluster.runDirectory, 'a file, where the directory should be');
      const { code, stderr } = await run(CHORALED, ['-f', ...cluster.daemonArguments(1)], cluster.env);
      expect(code).to.equal(17);
      expect(stderr).to.match(/pid file .* cannot be locked: .*CHORALE_RUN_DIR/);
    });

    it('ends with 16 when the state directory that is named is missing, and says so once', async () => {
      await make({ system: ['state_dir: /nowhere/at/all', 'sched_rr: no'] });
      const { code, stderr } = await run(CHORALED, ['-f', ...cluster.daemonArguments(1)], cluster.env);
      expect(code).to.equal(16);
      expect(stderr.match(/state directory \/nowhere\/at\/all cannot be used/g)).to.have.length(1);
      expect(existsSync(cluster.pidFile(1))).to.equal(false);
    });

    it('ends with 1 when its port is taken', async () => {
      await make();
      const port = Number(/mcastport: (\d+)/.exec(readFileSync(cluster.configFile(1), 'utf8'))![1]);
      const taker = createSocket('udp4').bind(port, '127.0.0.1');
      await once(taker, 'listening');
      try {
        const { code, stderr } = await run(CHORALED, ['-f', ...cluster.daemonArguments(1)], cluster.env);
        expect(code).to.equal(1);
        expect(stderr).to.contain(`${port}`);
      } finally {
        taker.close();
      }
    });

    it('ends with 20 when a service cannot be loaded', async () => {
      await make();
      const text = readFileSync(cluster.configFile(1), 'utf8');
      writeFileSync(cluster.configFile(1), `${text}service {\nname: ./missing.js\nver: 0\n}\n`);
      const { code, stderr } = await run(CHORALED, ['-f', ...cluster.daemonArguments(1)], cluster.env);
      expect(code).to.equal(20);
      expect(stderr).to.contain('missing.js');
    });

    it('works in its state directory, and keeps the ring id there', async () => {
      await make();
      const daemon = cluster.start(1);
      await daemon.synchronized();
      expect(readFileSync(join(cluster.stateDirectory(1), 'ringid_1'))).to.have.length(8);
    });

    it('leaves when standard input ends, with --with-stdin', async () => {
      await make();
      const daemon = cluster.start(1, ['--with-stdin']);
      await daemon.synchronized();
      daemon.child.stdin.end();
      expect(await daemon.ended()).to.equal(0);
      expect(daemon.log.text).to.contain('standard input has ended');
    });

    for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
      it(`ends with 0 at ${signal}`, async () => {
        await make();
        const daemon = cluster.start(1);
        await daemon.synchronized();
        daemon.child.kill(signal);
        expect(await daemon.ended()).to.equal(0);
        expect(daemon.log.text).to.contain(`Node was shut down by a signal (${signal})`);
        expect(daemon.log.all.at(-1)).to.contain('exiting normally');
      });
    }

    it('writes its state to the log at SIGUSR2, and goes on', async () => {
      await make();
      const daemon = cluster.start(1);
      await daemon.synchronized();
      daemon.child.kill('SIGUSR2');
      const status = await daemon.log.find(/State of status: /);
      expect(JSON.parse(status.slice(status.indexOf('{')))).to.include({ nodeId: 1, state: 'operational' });
      await daemon.log.find(/State of service cpg: /);
      expect((await cluster.command(1, 'status')).code).to.equal(0);
    });
  });

  describe('at SIGHUP', () => {
    it('applies what can change while it runs, and says what cannot', async () => {
      await make();
      const daemon = cluster.start(1);
      await daemon.synchronized();
      cluster.configure(1, ['token: 2000', 'netmtu: 1400']);
      daemon.child.kill('SIGHUP');
      await daemon.log.find(/configuration reloaded from .*node-1\.conf/);
      await daemon.log.find(/totem\.netmtu: .*restart the node/);
    });

    it('keeps what it has when the file is wrong', async () => {
      await make();
      const daemon = cluster.start(1);
      await daemon.synchronized();
      cluster.configure(1, ['token: soon']);
      daemon.child.kill('SIGHUP');
      await daemon.log.find(/totem\.token: "soon"/);
      await daemon.log.find(/stays as it was: correct the file and reload again/);
      const refused = await cluster.command(1, 'reload');
      expect(refused.code).to.equal(1);
      expect(refused.stderr).to.contain('"soon"');
      cluster.configure(1);
      expect((await cluster.command(1, 'reload')).stdout).to.contain('configuration reloaded');
    });

    it('opens its log files anew', async () => {
      await make();
      const file = join(cluster.directory, 'daemon.log');
      const text = readFileSync(cluster.configFile(1), 'utf8');
      writeFileSync(
        cluster.configFile(1),
        text.replace('to_syslog: no', `to_syslog: no\nto_logfile: yes\nlogfile: ${file}`),
      );
      const daemon = cluster.start(1);
      await daemon.synchronized();
      renameSync(file, `${file}.1`);
      daemon.child.kill('SIGHUP');
      await daemon.log.find(/configuration reloaded/);
      daemon.child.kill('SIGTERM');
      await daemon.ended();
      expect(readFileSync(file, 'utf8')).to.contain('exiting normally');
    });
  });
});
