import { expect } from 'chai';
import { Lab, needsLab } from './lab.js';
import type { Client, Daemon, Kind } from './lab.js';

const SIZES = [1, 1024, 100 * 1024, 1024 * 1024];
const FLOOD_SECONDS = 30;

interface Mix {
  readonly kinds: readonly Kind[];
  readonly first: Kind;
}

/** Which daemon is on hosts (and so node ids) 1, 2, 3, and whose daemons start first. */
const MIXES: readonly Mix[] = [
  { kinds: ['chorale', 'corosync', 'corosync'], first: 'corosync' },
  { kinds: ['corosync', 'chorale', 'corosync'], first: 'chorale' },
  { kinds: ['corosync', 'corosync', 'chorale'], first: 'corosync' },
  { kinds: ['chorale', 'chorale', 'corosync'], first: 'chorale' },
  { kinds: ['corosync', 'chorale', 'chorale'], first: 'corosync' },
  { kinds: ['chorale', 'corosync'], first: 'chorale' },
  { kinds: ['corosync', 'chorale'], first: 'corosync' },
];

for (const transport of ['udpu', 'udp'] as const) {
  describe(`a ring of Chorale and Corosync 3.1.7 nodes on ${transport}`, function () {
    this.timeout(300_000);
    needsLab(this);

    let lab: Lab;
    afterEach(() => lab?.close());

    /** Starts the daemons of the kind that comes first, waits for their ring, then starts the others. */
    async function cluster({ kinds, first }: Mix, token = 1000): Promise<Daemon[]> {
      lab = new Lab({ nodes: kinds.length, transport, token });
      const daemons = kinds.map((kind, i) => lab.daemon(i + 1, kind));
      for (const daemon of daemons) if (daemon.kind === first) daemon.start();
      await lab.oneRing();
      for (const daemon of daemons) if (daemon.kind !== first) daemon.start();
      await lab.oneRing();
      return daemons;
    }

    async function clientsOf(daemons: readonly Daemon[], group: string): Promise<Client[]> {
      const clients = await Promise.all(daemons.map((daemon) => daemon.client(group)));
      await Promise.all(clients.map((client) => client.change(({ members }) => members.length === clients.length)));
      return clients;
    }

    for (const mix of MIXES) {
      const name = `${mix.kinds.join(', ')} (${mix.first} first)`;
      it(`${name}: one ring, messages of all sizes in one order, leave, kill, split and merge`, async () => {
        const daemons = await cluster(mix);
        const everybody = daemons.map((daemon) => daemon.host);

        for (const daemon of daemons.filter(({ kind }) => kind === 'corosync')) {
          const status = daemon.exec('corosync-quorumtool', '-s');
          expect(status).to.match(new RegExp(`^Ring ID:\\s+${await daemons[0]!.on(everybody)}$`, 'm'));
          expect(status).to.match(/^Quorate:\s+Yes$/m);
          expect(status).to.match(new RegExp(`^Total votes:\\s+${daemons.length}$`, 'm'));
        }

        const clients = await clientsOf(daemons, 'sizes');
        for (const size of SIZES) for (const client of clients) client.send(size, 3);
        const count = SIZES.length * 3 * clients.length;
        await Promise.all(clients.map((client) => client.delivered(count, 60_000)));
        for (const client of clients) {
          expect(client.deliveries()).to.deep.equal(clients[0]!.deliveries());
          expect((await client.report()).errors).to.equal(0);
        }

        for (const [how, signal] of [
          ['politely', 'SIGTERM'],
          ['killed', 'SIGKILL'],
        ] as const) {
          for (const kind of ['chorale', 'corosync'] as const) {
            const leaver = daemons.find((daemon) => daemon.kind === kind)!;
            const rest = daemons.filter((daemon) => daemon !== leaver);
            // A Corosync node that is stopped may still tell that its processes ended (5) before it is gone (3).
            const reasons = kind === 'corosync' && how === 'politely' ? [3, 5] : [3];
            const [watcher] = await clientsOf([rest[0]!, leaver], `${kind} ${how}`);
            leaver.signal(signal);
            await leaver.ended();
            await Promise.all(rest.map((daemon) => daemon.on(rest.map(({ host }) => host))));
            await watcher!.change(({ left }) =>
              left.some(({ node, reason }) => node === leaver.host && reasons.includes(reason)),
            );
            leaver.start();
            await lab.oneRing().catch((error: Error) => {
              throw new Error(`after ${kind} left ${how}: ${error.message}`);
            });
          }
        }

        lab.split([1], everybody.slice(1));
        await Promise.all(daemons.map((daemon, i) => daemon.on(i === 0 ? [1] : everybody.slice(1))));
        lab.heal();
        await lab.oneRing();
      });
    }

    it(`loses, repeats and reorders nothing in a flood from both sides for ${FLOOD_SECONDS} s`, async () => {
      const daemons = await cluster({ kinds: ['chorale', 'corosync'], first: 'corosync' });
      const clients = await clientsOf(daemons, 'flood');
      for (const client of clients) client.say('quiet');
      clients[0]!.say('mark');
      await reached(clients, 1);
      for (const client of clients) client.say(`flood 1000 ${FLOOD_SECONDS}`);
      const sent = await Promise.all(clients.map((client) => client.next<number>('flooded', 90_000)));
      const total = sent[0]! + sent[1]!;
      const reports = await reached(clients, 1 + total);
      expect(reports[1]!.digest).to.equal(reports[0]!.digest);
      for (const report of reports) expect(report.errors).to.equal(0);
      const retransmissions = daemons[1]!.exec('corosync-cmapctl', '-m', 'stats', 'stats.srp.mcast_retx');
      const retransmitted = Number(/= (\d+)/.exec(retransmissions)?.[1]);
      expect(retransmitted, 'retransmissions by Corosync').to.be.below(total / 10);
      console.log(`      ${total} messages of 1000 bytes in ${FLOOD_SECONDS} s, ${retransmitted} retransmitted`);
    });

    /** Reports, once every client has delivered so many since the mark, itself included. */
    async function reached(clients: readonly Client[], count: number) {
      for (let tries = 0; ; tries++) {
        const reports = await Promise.all(clients.map((client) => client.report()));
        if (reports.every(({ delivered }) => delivered === count)) return reports;
        if (tries > 300) throw new Error(`not everybody delivered ${count}: ${JSON.stringify(reports)}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  });
}
