import { accessSync } from 'node:fs';
import { expect } from 'chai';
import { Lab, needsLab } from './lab.js';
import type { Daemon, Kind } from './lab.js';
import { Pacemaker } from './pacemaker.js';

const HOSTS = [1, 2, 3];

/** A cluster under Pacemaker, with what the tests do to it. */
class ManagedCluster {
  readonly pacemaker = new Pacemaker();
  private readonly lab = new Lab({ nodes: 3, transport: 'udpu' });
  private readonly daemons = new Map<number, Daemon>();

  static async start(kinds: readonly Kind[]): Promise<ManagedCluster> {
    const cluster = new ManagedCluster();
    try {
      for (const [i, kind] of kinds.entries()) cluster.startDaemon(i + 1, kind);
      await cluster.lab.oneRing();
      cluster.pacemaker.start(...HOSTS);
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  daemonOf(host: number): Daemon {
    return this.daemons.get(host)!;
  }

  startDaemon(host: number, kind: Kind): Daemon {
    const daemon = this.lab.daemon(host, kind).start();
    this.daemons.set(host, daemon);
    return daemon;
  }

  /** A node's daemon dies; the others see to the resource, and the host comes back after a reset. */
  async killDaemon(host: number): Promise<void> {
    await this.daemonOf(host).kill();
  }

  async comeBack(host: number): Promise<void> {
    await this.pacemaker.reset(host);
    this.startDaemon(host, this.daemonOf(host).kind);
    await this.lab.oneRing();
    this.pacemaker.start(host);
  }

  /** Replaces the daemon of a host, in good order, by one of another kind. */
  async replace(host: number, kind: Kind): Promise<void> {
    await this.pacemaker.stop(host);
    expect(await this.daemonOf(host).stop()).to.equal(0);
    this.startDaemon(host, kind);
    await this.lab.oneRing();
    this.pacemaker.start(host);
  }

  isolate(host: number): void {
    this.lab.split(
      [host],
      HOSTS.filter((other) => other !== host),
    );
  }

  heal(): Promise<string> {
    this.lab.heal();
    return this.lab.oneRing();
  }

  async close(): Promise<void> {
    await this.pacemaker.close();
    await this.lab.close();
  }
}

const except = (host: number): number[] => HOSTS.filter((other) => other !== host);

describe('interop: Pacemaker 2.1.5', function () {
  this.timeout(300_000);
  needsLab(this);

  before(() => {
    if (process.env['CI']) accessSync('/usr/sbin/pacemakerd');
  });

  let cluster: ManagedCluster;
  afterEach(() => cluster.close());

  const clusters: [string, Kind[]][] = [
    ['three Chorale nodes', ['chorale', 'chorale', 'chorale']],
    ['a Corosync node and two of Chorale', ['corosync', 'chorale', 'chorale']],
    ['two Corosync nodes and one of Chorale', ['corosync', 'chorale', 'corosync']],
  ];
  for (const [name, kinds] of clusters) {
    it(`keeps a resource running on ${name}`, async () => {
      cluster = await ManagedCluster.start(kinds);
      const { pacemaker } = cluster;
      await pacemaker.controller(...HOSTS);
      let place = await pacemaker.running(HOSTS);

      await cluster.killDaemon(place);
      const second = await pacemaker.running(except(place), (host) => host !== place);
      await cluster.comeBack(place);
      await pacemaker.controller(...HOSTS);
      expect(await pacemaker.running(HOSTS), 'a node that comes back moves nothing').to.equal(second);

      await pacemaker.standby(second, true);
      place = await pacemaker.running(HOSTS, (host) => host !== second);
      await pacemaker.standby(second, false);

      cluster.isolate(place);
      await Promise.all([
        pacemaker.stopped(place), // quorum is lost there
        pacemaker.running(except(place), (host) => host !== place),
      ]);
      await cluster.heal();
      await pacemaker.controller(...HOSTS);
      place = await pacemaker.running(HOSTS);

      const other = except(place)[0]!;
      const since = pacemaker.startedAt(place);
      await cluster.replace(other, cluster.daemonOf(other).kind);
      await pacemaker.controller(...HOSTS);
      expect(await pacemaker.running(HOSTS), 'a restart elsewhere moves nothing').to.equal(place);
      expect(pacemaker.startedAt(place), 'a restart elsewhere restarts nothing').to.equal(since);
    });
  }

  it('keeps the resource up while every Corosync daemon is replaced by Chorale, one by one', async () => {
    cluster = await ManagedCluster.start(['corosync', 'corosync', 'corosync']);
    const { pacemaker } = cluster;
    await pacemaker.controller(...HOSTS);
    let place = await pacemaker.running(HOSTS);
    for (const host of HOSTS) {
      if (place === host) {
        await pacemaker.standby(host, true);
        place = await pacemaker.running(HOSTS, (now) => now !== host);
        await pacemaker.standby(host, false);
      }
      const since = pacemaker.startedAt(place);
      await cluster.replace(host, 'chorale');
      await pacemaker.controller(...HOSTS);
      expect(await pacemaker.running(HOSTS), `the resource while host ${host} was replaced`).to.equal(place);
      expect(pacemaker.startedAt(place), `the resource's start while host ${host} was replaced`).to.equal(since);
    }
    expect(HOSTS.map((host) => cluster.daemonOf(host).kind)).to.deep.equal(['chorale', 'chorale', 'chorale']);
  });
});
