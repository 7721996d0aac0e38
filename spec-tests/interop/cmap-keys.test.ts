import { expect } from 'chai';
import { Lab, needsLab } from './lab.js';
import type { Daemon } from './lab.js';

/** A key as corosync-cmapctl prints it. */
interface Shown {
  readonly type: string;
  readonly value: string;
}

type Keys = ReadonlyMap<string, Shown>;

function dump(daemon: Daemon, ...options: string[]): Keys {
  const keys = new Map<string, Shown>();
  for (const line of daemon.exec('corosync-cmapctl', ...options).split('\n')) {
    const match = /^(\S+) \((\w+)\)(?: = (.*))?$/.exec(line);
    if (match) keys.set(match[1]!, { type: match[2]!, value: match[3] ?? '' });
  }
  return keys;
}

/** Names and types. A connection's keys are shown once, without its numbers. */
function typesOf(keys: Keys): string[] {
  const names = [...keys].map(
    ([key, { type }]) => `${key.replace(/service\d+\.\d+\.0x[0-9a-f]+/, 'CONNECTION')} ${type}`,
  );
  return [...new Set(names)].sort();
}

/** What differs between two healthy nodes of one ring, whatever they run. */
const VARIES = [
  /^runtime\.votequorum\.this_node_id$/,
  /^nodelist\.local_node_pos$/,
  /^totem\.interface\.0\.bindnetaddr$/,
  /^runtime\.services\..*\.[rt]x$/,
  /^runtime\.members\.\d+\.join_count$/,
  /\.(current|last_updated)$/,
];

/** What only Chorale has: services whose ids are none of Corosync's, and a statistic. */
const OWN = /^(internal_configuration\.service\.(8|9|[1-9]\d)|runtime\.services\.(evs|counter|tuning)|stats\.tuning)\./;

/** The whole key space of cmap, on a Chorale and a Corosync node of the same ring with the same configuration file. */
describe('cmap on a Chorale and on a Corosync node', function () {
  this.timeout(180_000);
  needsLab(this);

  for (const [what, settings] of [
    ['udpu', { transport: 'udpu' }],
    ['udp, wait_for_all and a tie breaker', { transport: 'udp', quorum: ['wait_for_all: 1', 'auto_tie_breaker: 1'] }],
    ['two_node, expected votes tracked', { transport: 'udpu', quorum: ['two_node: 1', 'expected_votes_tracking: 1'] }],
    [
      'a quorum device',
      { transport: 'udpu', quorum: ['device {', 'model: net', 'votes: 1', 'net {', 'host: x', '}', '}'] },
    ],
  ] as const) {
    describe(what, () => {
      let lab: Lab;
      let chorale: Daemon;
      let corosync: Daemon;
      before(async () => {
        lab = new Lab({ nodes: 2, ...settings });
        [chorale, corosync] = lab.start('chorale', 'corosync') as [Daemon, Daemon];
        await lab.oneRing();
      });
      after(() => lab?.close());

      it('has the same keys with the same types and values', () => {
        const ours = new Map([...dump(chorale)].filter(([key]) => !OWN.test(key)));
        const theirs = dump(corosync);
        expect(theirs.size).to.be.above(100);
        expect(typesOf(ours)).to.deep.equal(typesOf(theirs));
        const fixed = (keys: Keys): string[] =>
          [...keys]
            .filter(([key]) => !VARIES.some((one) => one.test(key)))
            .map(([key, { value }]) => `${key} = ${value}`);
        expect(fixed(ours)).to.deep.equal(fixed(theirs));
      });

      it('has the same statistics, and they count', () => {
        const ours = new Map([...dump(chorale, '-m', 'stats')].filter(([key]) => !OWN.test(key)));
        const theirs = dump(corosync, '-m', 'stats');
        expect(theirs.size).to.be.above(40);
        expect(typesOf(ours)).to.deep.equal(typesOf(theirs));
        for (const name of ['orf_token_rx', 'mcast_tx', 'mcast_rx', 'memb_join_tx', 'operational_entered']) {
          expect(Number(ours.get(`stats.srp.${name}`)!.value), name).to.be.above(0);
        }
        expect(ours.get('stats.srp.commit_token_lost')!.value).to.equal('0');
        const procnames = [...ours].filter(([key]) => key.endsWith('.procname')).map(([, { value }]) => value);
        expect(procnames).to.deep.equal(['corosync-cmapct']);
      });

      it('has the same keys after a reload', () => {
        corosync.exec('corosync-cfgtool', '-R');
        chorale.exec('corosync-cfgtool', '-R');
        const added = (keys: Keys): string[] =>
          typesOf(keys).filter((key) => /^config\.|^runtime\.votequorum/.test(key));
        const theirs = added(dump(corosync));
        expect(theirs).to.include('config.reload_status i32');
        expect(added(dump(chorale))).to.deep.equal(theirs);
        for (const key of [
          'config.reload_status',
          'config.reload_in_progress',
          'config.totemconfig_reload_in_progress',
        ]) {
          expect(dump(chorale).get(key), key).to.deep.equal(dump(corosync).get(key));
        }
      });
    });
  }

  describe('with tools that write', () => {
    let lab: Lab;
    let chorale: Daemon;
    let corosync: Daemon;
    before(async () => {
      lab = new Lab({ nodes: 2, transport: 'udpu' });
      [chorale, corosync] = lab.start('chorale', 'corosync') as [Daemon, Daemon];
      await lab.oneRing();
    });
    after(() => lab?.close());

    it('clears statistics', () => {
      for (const kind of ['totem', 'ipc', 'schedmiss', 'knet', 'all']) chorale.exec('corosync-cmapctl', '-C', kind);
      const keys = dump(chorale, '-m', 'stats');
      for (const name of ['gather_entered', 'mcast_tx', 'memb_join_tx', 'operational_entered']) {
        expect(keys.get(`stats.srp.${name}`), name).to.deep.equal({ type: 'u64', value: '0' });
      }
      expect(keys.get('stats.ipcs.global.closed')).to.deep.equal({ type: 'u64', value: '1' });
    });

    it('takes tunables of the ring over at once, as Corosync does', async () => {
      const inUse = (daemon: Daemon): [string, string][] =>
        [...dump(daemon)]
          .filter(([key]) => key.startsWith('runtime.config.totem.') && !key.includes('knet'))
          .map(([key, { value }]) => [key, value]);
      const settings = [
        ['-s', 'totem.token', 'u32', '2000'],
        ['-s', 'totem.token', 'u16', '2500'],
        ['-s', 'totem.token', 'u32', '2500'],
        ['-s', 'totem.token_retransmits_before_loss_const', 'u32', '7'],
        ['-s', 'totem.token_retransmit', 'u32', '300'],
        ['-s', 'totem.hold', 'u32', '100'],
        ['-s', 'totem.join', 'u32', '60'],
        ['-s', 'totem.consensus', 'u32', '4000'],
        ['-s', 'totem.window_size', 'u32', '100'],
        ['-s', 'totem.max_messages', 'u32', '20'],
        ['-s', 'totem.block_unlisted_ips', 'str', 'no'],
        ['-s', 'totem.cancel_token_hold_on_retransmit', 'str', 'yes'],
        ['-s', 'totem.send_join', 'u32', '10'],
        ['-d', 'totem.token'],
        ['-d', 'totem.consensus'],
        ['-s', 'totem.merge', 'u32', '0'],
      ];
      for (const setting of settings) {
        for (const daemon of [corosync, chorale]) daemon.exec('corosync-cmapctl', ...setting);
        expect(inUse(chorale), setting.join(' ')).to.deep.equal(inUse(corosync));
      }
      const mark = chorale.output.count;
      chorale.exec('corosync-cmapctl', '-s', 'totem.join', 'u32', '7');
      await chorale.output.find(/totem\.join.*must be.*the ring goes on as before/, mark, chorale.name);
      for (const daemon of [corosync, chorale]) daemon.exec('corosync-cfgtool', '-R');
      await lab.oneRing();
      expect(inUse(chorale), 'the file again').to.deep.equal(inUse(corosync));
    });

    it('refuses the same keys', () => {
      const keys = [...dump(corosync).keys()].filter(
        (key) => !/^runtime\.(blackbox|force_gather)|^totem\.token$/.test(key),
      );
      // Each is set to what it is: nothing changes where it is allowed.
      const tries = (daemon: Daemon): string[] => {
        const now = dump(daemon);
        return keys.map((key) => {
          const { type, value } = now.get(key) ?? { type: 'str', value: '' };
          return `${key} ${daemon.exec('bash', '-c', `corosync-cmapctl -s ${key} ${type} '${value}' 2>&1`)}`;
        });
      };
      const refused = tries(corosync).filter((line) => line.includes('CS_ERR_ACCESS'));
      expect(refused.length).to.be.above(60);
      expect(tries(chorale).filter((line) => line.includes('CS_ERR_ACCESS'))).to.deep.equal(refused);
    });

    it('dumps its state and forms the ring anew when told so by a key', async () => {
      let mark = chorale.output.count;
      chorale.exec('corosync-cmapctl', '-s', 'runtime.blackbox.dump_state', 'str', 'yes');
      await chorale.output.find(/State of ring/, mark, chorale.name);
      mark = chorale.output.count;
      const before = (await chorale.membership())!.ring;
      chorale.exec('corosync-cmapctl', '-s', 'runtime.force_gather', 'str', 'yes');
      await chorale.output.find(/Completed service synchronization/, mark, chorale.name);
      expect(await lab.oneRing()).to.not.equal(before);
      expect(dump(chorale).get('runtime.force_gather')!.value).to.equal('no');
    });
  });
});
