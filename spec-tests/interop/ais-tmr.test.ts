import { expect } from 'chai';
import { daemonRow } from '../ais/row-report.js';
import { ServiceLab } from './ais-lab.js';
import type { LabProgram } from './ais-lab.js';

/**
 * The Timer Service in real daemons on three hosts. On each a program runs timers and checks every expiry, through everything that
 * happens: nothing of it may be seen but the end of the program's own daemon.
 */
describe('TMR on three hosts', function () {
  this.timeout(120_000);
  const hosts = ServiceLab.of(this, ['chorale/tmr'], 'ais-timers.ts');
  const programs: LabProgram[] = [];
  /** How often each program has lost its daemon. */
  const losses = [0, 0, 0];

  const goesOn = async (...which: number[]): Promise<void> => {
    await Promise.all(which.map((host) => programs[host - 1]!.more('expired', 3)));
    for (const program of programs) expect(program.said('bad'), `host ${program.host}`).to.deep.equal([]);
    expect(programs.map((program) => program.said('lost').length)).to.deep.equal(losses);
  };

  before(async () => {
    for (const host of [1, 2, 3]) programs.push(await hosts.start(host));
  });

  daemonRow(['TMR-START-01', 'TMR-START-02', 'TMR-START-17', 'TMR-EXP-04'], 'timers expire in their order', () =>
    goesOn(1, 2, 3),
  );

  daemonRow(['COM-FIN-08'], 'a client is killed: others of its node go on', async () => {
    const victim = await hosts.start(1);
    await victim.more('expired', 1);
    await victim.kill();
    await goesOn(1, 2, 3);
  });

  daemonRow([], 'a node is killed: its programs are told, others go on; it comes back', async () => {
    await hosts.daemon(3).kill();
    losses[2]!++;
    await hosts.daemon(1).on([1, 2]);
    await goesOn(1, 2);
    await hosts.startNode(3);
    await goesOn(1, 2, 3);
  });

  daemonRow([], 'hosts part and meet: nothing is seen', async () => {
    await hosts.part([1], [2, 3]);
    await goesOn(1, 2, 3);
    await hosts.meet();
    await goesOn(1, 2, 3);
  });

  daemonRow([], 'every node is restarted in turn', async () => {
    await hosts.restartAll(async (host) => {
      losses[host - 1]!++;
      await goesOn(1, 2, 3);
    });
  });
});
