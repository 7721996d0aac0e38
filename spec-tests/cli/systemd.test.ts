import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { DaemonExit } from '../../core/cli/daemon/exit-codes.js';
import { readDaemonArguments } from '../../core/cli/daemon/options.js';
import { Systemd } from '../../core/cli/daemon/systemd.js';
import type { Logger } from '../../core/base/logger.js';
import { Lines } from './lines.js';
import { TestCluster } from './processes.js';

/** Prints every datagram on one line, its line ends as blanks. */
const NOTIFY_SOCKET = [
  'import socket,sys',
  's=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)',
  's.bind(sys.argv[1])',
  'print("bound",flush=True)',
  'while True: print(s.recv(4096).decode().replace("\\n"," "),flush=True)',
].join('\n');

describe('cli: what systemd is told', () => {
  it('is that the node is ready after the first synchronization, what it does, and that it stops', async () => {
    const cluster = await TestCluster.make();
    const path = join(cluster.directory, 'notify');
    const listener = spawn('python3', ['-c', NOTIFY_SOCKET, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const told = new Lines(listener.stdout);
      await told.find(/bound/);
      const daemon = cluster.start(1, [], { NOTIFY_SOCKET: path });
      await told.find(/^READY=1$/);
      await daemon.synchronized();
      await told.find(/^STATUS=On ring 1\.[0-9a-f]+ with nodes 1$/);
      const mark = told.all.length;
      daemon.child.kill('SIGHUP');
      await told.find(/^RELOADING=1 MONOTONIC_USEC=\d+$/, mark);
      await told.find(/^READY=1$/, mark);
      daemon.child.kill('SIGTERM');
      await told.find(/^STOPPING=1$/);
      expect(await daemon.ended()).to.equal(0);
      const first = told.all.findIndex((line) => line === 'READY=1');
      expect(told.all.slice(0, first).every((line) => /^(bound|STATUS=Synchronizing ring .*)$/.test(line))).to.equal(
        true,
      );
    } finally {
      const gone = once(listener, 'exit');
      listener.kill();
      await gone;
      await cluster.close();
    }
  });

  const environment = { pid: 42, monotonicUsec: () => 7n };
  const logged: string[] = [];
  const log: Logger = { enabled: () => true, log: (severity, text) => void logged.push(`${severity}: ${text}`) };
  beforeEach(() => logged.splice(0));

  it('is nothing of a reload before it is ready, and READY once', () => {
    const sent: string[] = [];
    const systemd = new Systemd({ sdNotify: (state) => sent.push(state) > 0 }, environment, log);
    systemd.reloading();
    systemd.reloaded();
    systemd.ready();
    systemd.ready();
    systemd.reloading();
    systemd.status('two\nlines');
    expect(sent).to.deep.equal(['READY=1', 'RELOADING=1\nMONOTONIC_USEC=7', 'STATUS=two lines']);
  });

  it('is that it lives, at half the period of its watchdog, until it stops', async () => {
    let systemd: Systemd | undefined;
    const sent: string[] = [];
    await new Promise<void>((resolve) => {
      const sdNotify = (state: string): boolean => {
        sent.push(state);
        if (sent.length === 3) resolve();
        return true;
      };
      const watched = { ...environment, watchdogUsec: '20000', watchdogPid: '42' };
      systemd = new Systemd({ sdNotify }, watched, log);
    });
    systemd!.stopping();
    expect(sent.slice(0, 3)).to.deep.equal(['WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1']);
    expect(sent.at(-1)).to.equal('STOPPING=1');
  });

  it('fails with one warning, however often', () => {
    const sdNotify = (): boolean => {
      throw new Error('no such socket');
    };
    const systemd = new Systemd({ sdNotify }, environment, log);
    systemd.ready();
    systemd.status('x');
    systemd.stopping();
    expect(logged).to.deep.equal(['warning: systemd cannot be told "READY=1": no such socket']);
  });
});

describe('cli: the systemd unit', () => {
  const unit = readFileSync(fileURLToPath(new URL('../../docs/systemd/choraled.service', import.meta.url)), 'utf8');
  const value = (key: string): string | undefined => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1];

  it('starts the daemon as it understands it, and waits for its word', () => {
    const [program, ...args] = value('ExecStart')!.split(' ');
    expect(program).to.match(/^\/.*\/choraled$/);
    expect(value('Type')).to.equal('notify');
    const call = readDaemonArguments(args.filter((arg) => !arg.startsWith('$')));
    expect(call).to.have.property('options').that.includes({ foreground: true });
  });

  it('allows what the daemon asks for', () => {
    expect(value('LimitRTPRIO')).to.equal('99');
    expect(value('LimitMEMLOCK')).to.equal('infinity');
    expect(value('CapabilityBoundingSet')).to.contain('CAP_SYS_NICE').and.to.contain('CAP_IPC_LOCK');
    expect(value('RestrictRealtime')).to.equal(undefined);
    expect(value('MemoryDenyWriteExecute')).to.equal(undefined);
    expect(value('StateDirectory')).to.equal('corosync');
    expect(value('RuntimeDirectory')).to.equal('chorale');
  });

  it('is documented: every exit code of the daemon is in docs/running.md', () => {
    const text = readFileSync(fileURLToPath(new URL('../../docs/running.md', import.meta.url)), 'utf8');
    for (const code of Object.values(DaemonExit)) expect(text).to.match(new RegExp(`^\\| ${code} \\|`, 'm'));
  });
});
