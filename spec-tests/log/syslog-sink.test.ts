import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { SyslogSink } from '../../core/log/syslog-sink.js';
import { createLogging } from '../../core/log/logging.js';
import { IDENTITY, logging, MemorySinks } from './sinks.js';
import type { ChildProcess } from 'node:child_process';

/** A system log: a Unix datagram socket whose messages come out as lines. Node.js has no such sockets, Perl has. */
const SYSLOG = `
  use Socket;
  $| = 1;
  socket(my $socket, PF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
  unlink $ARGV[0];
  bind($socket, sockaddr_un($ARGV[0])) or die "bind: $!";
  print "ready\\n";
  while (defined recv($socket, my $message, 65536, 0)) { print "$message\\n"; }
`;

class FakeSyslog {
  readonly messages: string[] = [];
  private wake: () => void = () => undefined;

  private constructor(private readonly process: ChildProcess) {
    createInterface(process.stdout!).on('line', (line) => {
      this.messages.push(line);
      this.wake();
    });
  }

  static async start(path: string): Promise<FakeSyslog> {
    const syslog = new FakeSyslog(spawn('perl', ['-e', SYSLOG, path], { stdio: ['ignore', 'pipe', 'inherit'] }));
    await syslog.count(1);
    syslog.messages.shift();
    return syslog;
  }

  /** Waits until so many messages have come. */
  async count(count: number): Promise<string[]> {
    while (this.messages.length < count) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.messages;
  }

  async stop(): Promise<void> {
    this.process.kill();
    await once(this.process, 'close');
  }
}

describe('the system log', () => {
  let directory: string;
  let path: string;

  before(function () {
    const missing = [
      ['perl', '-v'],
      ['logger', '--version'],
    ].filter(([name, option]) => spawnSync(name!, [option!]).error);
    if (missing.length === 0) return;
    if (process.env['CI'] === 'true')
      throw new Error(`${missing.map(([name]) => name).join(' and ')} must be installed`);
    this.skip();
  });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chorale-syslog-'));
    path = join(directory, 'log');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('gets each line with program, process, facility and severity', async () => {
    const syslog = await FakeSyslog.start(path);
    const sinks = new MemorySinks();
    const identity = { ...IDENTITY, pid: process.pid };
    const sink = new SyslogSink(identity, path);
    sinks.syslog = () => sink;
    const log = createLogging(
      logging({ toStderr: false, toSyslog: true }, { CPG: { syslogFacility: 'local5' } }),
      identity,
      sinks,
    );
    log.loggerOf('TOTEM').log('notice', 'A new membership was formed');
    log.loggerOf('CPG').log('error', `long ${'x'.repeat(3000)} <1>`);
    const messages = await syslog.count(2);
    await log.close();
    await syslog.stop();
    const time = '[A-Z][a-z]{2} [ 0-9]\\d \\d\\d:\\d\\d:\\d\\d';
    expect(messages[0]).to.match(
      new RegExp(`^<29>${time} choraled\\[${process.pid}\\]: \\[TOTEM \\] A new membership was formed$`),
    );
    expect(messages[1]).to.match(
      new RegExp(`^<171>${time} choraled\\[${process.pid}\\]: \\[CPG   \\] long x{3000} <1>$`),
    );
    expect(messages).to.have.length(2);
  });

  it('gets the lines that come after it was restarted', async () => {
    let syslog = await FakeSyslog.start(path);
    const sink = new SyslogSink(IDENTITY, path);
    await sink.write(['<30>before']);
    await syslog.count(1);
    await syslog.stop();
    syslog = await FakeSyslog.start(path);
    await sink.write(['<30>after']);
    expect((await syslog.count(1))[0]).to.match(/ after$/);
    await sink.close();
    await syslog.stop();
  });

  it('that is not there is an error that says so, and costs no process', async () => {
    const sink = new SyslogSink(IDENTITY, path, 'no-such-program');
    const failure = await sink.write(['<30>lost']).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(failure).to.equal(
      `the system log cannot be reached: there is no ${path}; start one, or set "to_syslog: no"`,
    );
    await sink.close();
  });

  it('without logger installed is an error that says so', async () => {
    const syslog = await FakeSyslog.start(path);
    const sink = new SyslogSink(IDENTITY, path, 'no-such-program');
    const failures = new Set<string>();
    for (let i = 0; i < 2; i++) await sink.write(['<30>lost']).catch((error: Error) => failures.add(error.message));
    await sink.close();
    await syslog.stop();
    expect([...failures].join()).to.contain('the system log cannot be reached');
    expect([...failures].join()).to.contain('no-such-program ENOENT');
  });

  it('gets every line that was written before the end', async () => {
    const syslog = await FakeSyslog.start(path);
    const sink = new SyslogSink(IDENTITY, path);
    const count = 500;
    for (let i = 0; i < count; i++) await sink.write([`<30>line ${i}`]);
    await sink.close();
    const messages = await syslog.count(count);
    expect(messages.map((message) => Number(message.split(' ').at(-1)))).to.deep.equal([...Array(count).keys()]);
    await syslog.stop();
  });
});
