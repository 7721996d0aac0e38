import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';
import type { TransportOptions } from '../../core/net/options.js';
import type { Command, Report } from './net-agent.js';

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const AGENT = fileURLToPath(new URL('./net-agent.ts', import.meta.url));

/** A process with a network of its own that has no name and ends with the process. */
class Machine {
  readonly frames: string[] = [];
  readonly states: boolean[] = [];
  private readonly child: ChildProcess;
  private readonly reports: Report[] = [];
  private wake: () => void = () => {};

  constructor() {
    this.child = spawn('unshare', ['--net', process.execPath, '--import', TSX, AGENT], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.child.on('message', (report: Report) => {
      if ('frame' in report) this.frames.push(report.frame);
      else if ('up' in report) this.states.push(report.up);
      else this.reports.push(report);
      this.wake();
    });
  }

  get pid(): string {
    return String(this.child.pid);
  }

  /** Runs `ip` in this machine's network. */
  ip(...args: string[]): void {
    execFileSync('nsenter', ['--target', this.pid, '--net', 'ip', ...args]);
  }

  tell(command: Command): void {
    this.child.send(command);
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  async nextReport(): Promise<Report> {
    await this.until(() => this.reports.length > 0);
    return this.reports.shift()!;
  }

  async counters(): Promise<Record<string, number>> {
    this.tell({ counters: true });
    const report = await this.nextReport();
    return 'counters' in report ? report.counters : expect.fail(JSON.stringify(report));
  }

  async open(options: TransportOptions): Promise<void> {
    this.tell({ open: options });
    expect(await this.nextReport()).to.deep.equal({ opened: true });
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.child.disconnect();
    await once(this.child, 'exit');
  }
}

function canHaveNetworks(): boolean {
  return process.getuid?.() === 0 && spawnSync('unshare', ['--net', 'ip', 'link']).status === 0;
}

describe('net: transports between two machines', function () {
  let a: Machine;
  let b: Machine;

  before(function () {
    // Needs root, and unshare, nsenter and ip (util-linux, iproute2).
    if (!canHaveNetworks()) this.skip();
  });

  beforeEach(async () => {
    a = new Machine();
    b = new Machine();
    for (const machine of [a, b]) expect(await machine.nextReport()).to.deep.equal({ ready: true });
    connect();
    await linkWorks();
  });

  afterEach(async () => {
    await Promise.all([a, b].map((machine) => machine.end()));
  });

  /** A cable between the two, with addresses of both families. */
  function connect(): void {
    execFileSync('ip', ['link', 'add', 'v0', 'netns', a.pid, 'type', 'veth', 'peer', 'name', 'v0', 'netns', b.pid]);
    [a, b].forEach((machine, place) => {
      machine.ip('link', 'set', 'lo', 'up');
      machine.ip('link', 'set', 'v0', 'addrgenmode', 'none');
      address(machine, place + 1);
      machine.ip('link', 'set', 'v0', 'up');
    });
  }

  function address(machine: Machine, number: number): void {
    machine.ip('addr', 'add', `10.9.0.${number}/24`, 'dev', 'v0');
    machine.ip('addr', 'add', `fd09::${number}/64`, 'dev', 'v0', 'nodad');
    machine.ip('addr', 'add', `fe80::${number}/64`, 'dev', 'v0', 'nodad');
  }

  function options(nodeId: number, network: string, more: Partial<TransportOptions>): TransportOptions {
    return {
      transport: 'udpu',
      nodeId,
      localAddress: `${network}${nodeId}`,
      port: 5405,
      peers: [1, 2].map((id) => ({ nodeId: id, address: `${network}${id}` })),
      blockUnlistedIps: true,
      netmtu: 1500,
      downcheck: 50,
      ...more,
    };
  }

  async function openBoth(network: string, more: Partial<TransportOptions>): Promise<void> {
    await Promise.all([a.open(options(1, network, more)), b.open(options(2, network, more))]);
    await Promise.all([a, b].map((machine) => machine.until(() => machine.states.length > 0)));
    expect([a.states, b.states]).to.deep.equal([[true], [true]]);
  }

  /** Both machines send, and everything arrives once. */
  async function expectTraffic(): Promise<void> {
    for (const machine of [a, b]) machine.frames.length = 0;
    a.tell({ multicast: 'a to all', toSelf: true });
    a.tell({ unicast: 'a to b', nodeId: 2 });
    b.tell({ multicast: 'L'.repeat(8000), toSelf: false });
    b.tell({ unicast: 'b to a', nodeId: 1 });
    await a.until(() => a.frames.length >= 3);
    await b.until(() => b.frames.length >= 2);
    expect(a.frames).to.have.members(['a to all', 'L'.repeat(8000), 'b to a']);
    expect(b.frames).to.have.members(['a to all', 'a to b']);
  }

  for (const [name, network, more] of [
    ['udpu, IPv4', '10.9.0.', {}],
    ['udpu, IPv6', 'fd09::', {}],
    ['udpu, IPv6 link-local', 'fe80::', {}],
    ['udpu without segmentation', '10.9.0.', { segmentation: false }],
    ['udp, IPv4', '10.9.0.', { transport: 'udp', mcastAddress: '239.192.9.1' }],
    ['udp, broadcast', '10.9.0.', { transport: 'udp', broadcast: true }],
    ['udp, IPv6', 'fd09::', { transport: 'udp', mcastAddress: 'ff15::9:1' }],
    ['udp, IPv6 link-local', 'fe80::', { transport: 'udp', mcastAddress: 'ff02::9:1' }],
  ] as [string, string, Partial<TransportOptions>][]) {
    it(`${name}: frames go both ways, and again after the link was down`, async () => {
      await openBoth(network, more);
      await expectTraffic();
      a.ip('link', 'set', 'v0', 'down');
      await a.until(() => a.states.length === 2);
      // A link that goes down takes its IPv6 addresses along.
      a.ip('link', 'set', 'v0', 'up');
      if (network !== '10.9.0.') a.ip('addr', 'add', `${network}1/64`, 'dev', 'v0', 'nodad');
      await a.until(() => a.states.length === 3);
      expect(a.states).to.deep.equal([true, false, true]);
      await linkWorks();
      await expectTraffic();
    });
  }

  for (const [name, network, more, mtu] of [
    ['udpu', '10.9.0.', {}, 1500],
    ['udpu, datagrams longer than the MTU', '10.9.0.', {}, 1280],
    ['udpu without segmentation', '10.9.0.', { segmentation: false }, 1500],
    ['udp', '10.9.0.', { transport: 'udp', mcastAddress: '239.192.9.1' }, 1500],
    ['udp, datagrams longer than the MTU', '10.9.0.', { transport: 'udp', mcastAddress: '239.192.9.1' }, 1280],
    ['udpu, IPv6, datagrams longer than the MTU', 'fd09::', {}, 1280],
  ] as [string, string, Partial<TransportOptions>, number][]) {
    it(`${name}: a burst of full frames arrives whole and in order`, async () => {
      for (const machine of [a, b]) machine.ip('link', 'set', 'v0', 'mtu', `${mtu}`);
      await openBoth(network, more);
      for (let round = 0; round < 2; round++) {
        const burst = Array.from({ length: 17 }, (_, i) => `${round} ${i} `.padEnd(i === 16 ? 700 : 1455, 'x'));
        b.frames.length = 0;
        a.tell({ burst });
        await b.until(() => b.frames.length >= burst.length);
        expect(b.frames).to.deep.equal(burst);
      }
    });
  }

  /** Both ends of a cable need a moment to see that it is whole, and to route IPv6 multicasts into it. */
  async function linkWorks(): Promise<void> {
    const show = ({ pid }: Machine, ...what: string[]): string =>
      execFileSync('nsenter', ['-t', pid, '-n', 'ip', '-o', ...what]).toString();
    const works = (machine: Machine): boolean =>
      show(machine, 'link', 'show', 'v0').includes('state UP') &&
      /^multicast ff00::\/8 dev v0 /m.test(show(machine, '-6', 'route', 'show', 'table', 'local'));
    while (![a, b].every(works)) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  it('while the address is gone, sends go to the node itself only, and nothing is bound anew', async () => {
    await openBoth('10.9.0.', {});
    a.ip('addr', 'del', '10.9.0.1/24', 'dev', 'v0');
    await a.until(() => a.states.length === 2);
    a.tell({ multicast: 'lonely', toSelf: true });
    a.tell({ unicast: 'to b', nodeId: 2 });
    await a.until(() => a.frames.length === 1);
    expect(a.frames).to.deep.equal(['lonely']);
    expect(await a.counters()).to.include({ sendInterfaceDown: 2, sentDatagrams: 0, selfFrames: 1 });
    const sockets = execFileSync('nsenter', ['-t', a.pid, '-n', 'cat', `/proc/${a.pid}/net/udp`]).toString();
    // 0100007F is 127.0.0.1, 0100090A is 10.9.0.1, 151D is port 5405.
    expect(sockets)
      .to.match(/0100090A:151D/)
      .and.not.match(/0100007F/);
    a.ip('addr', 'add', '10.9.0.1/24', 'dev', 'v0');
    await a.until(() => a.states.length === 3);
    await expectTraffic();
  });

  for (const [network, mcastAddress] of [
    ['10.9.0.', '239.192.9.1'],
    ['fd09::', 'ff15::9:1'],
  ] as const) {
    it(`joins the group ${mcastAddress} again on an interface made anew`, async () => {
      await openBoth(network, { transport: 'udp', mcastAddress });
      await expectTraffic();
      a.ip('link', 'delete', 'v0');
      for (const machine of [a, b]) await machine.until(() => machine.states.length === 2);
      connect();
      for (const machine of [a, b]) await machine.until(() => machine.states.length === 3);
      await linkWorks();
      await expectTraffic();
    });
  }

  it('waits with the start for an address that comes late', async () => {
    a.ip('addr', 'del', '10.9.0.1/24', 'dev', 'v0');
    a.tell({ open: options(1, '10.9.0.', {}) });
    await new Promise((resolve) => setTimeout(resolve, 150));
    a.ip('addr', 'add', '10.9.0.1/24', 'dev', 'v0');
    expect(await a.nextReport()).to.deep.equal({ opened: true });
  });
});
