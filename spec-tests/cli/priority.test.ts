import { expect } from 'chai';
import { raisePriority } from '../../core/cli/daemon/priority.js';
import type { PriorityCalls } from '../../core/cli/daemon/priority.js';
import type { SystemConfig } from '../../core/config/model.js';
import type { Logger } from '../../core/base/logger.js';

const SYSTEM: SystemConfig = {
  runName: 'choraled',
  stateDir: '/var/lib/corosync',
  qbIpcType: 'native',
  ipcQueueBytes: 67108864,
  ipcAllQueuesBytes: 268435456,
  schedRr: true,
  rehearsal: true,
  moveToRootCgroup: 'auto',
};

/** A system that refuses what `refuses` names; keeps what was asked for and what was logged. */
function machine(refuses: (call: string) => boolean) {
  const asked: string[] = [];
  const logged: string[] = [];
  const call = (name: string): void => {
    asked.push(name);
    if (refuses(name)) throw new Error('Operation not permitted');
  };
  const native: PriorityCalls = {
    roundRobinRange: () => ({ min: 1, max: 99 }),
    setRoundRobin: (priority) => call(`rr ${priority}`),
    setNice: (value) => call(`nice ${value}`),
    lockMemory: () => call('lock'),
    moveToRootCgroup: () => call('root cgroup'),
  };
  const log: Logger = { enabled: () => true, log: (severity, text) => void logged.push(`${severity}: ${text}`) };
  return { native, log, asked, logged, warnings: () => logged.filter((line) => line.startsWith('warning')) };
}

describe('cli: priority of the daemon', () => {
  it('is the highest real-time one by default, and memory is locked', () => {
    const { native, log, asked, warnings } = machine(() => false);
    raisePriority(SYSTEM, native, log);
    expect(asked).to.deep.equal(['rr 99', 'lock']);
    expect(warnings()).to.deep.equal([]);
  });

  it('is asked for again from the root control group, silently the first time', () => {
    let tries = 0;
    const { native, log, asked, warnings } = machine((call) => call === 'rr 99' && ++tries === 1);
    raisePriority(SYSTEM, native, log);
    expect(asked).to.deep.equal(['rr 99', 'root cgroup', 'rr 99', 'lock']);
    expect(warnings()).to.deep.equal([]);
  });

  it('is the best nice value where real time is refused; the log says what to do', () => {
    const { native, log, asked, warnings } = machine((call) => call !== 'nice -20');
    raisePriority({ ...SYSTEM, moveToRootCgroup: 'no' }, native, log);
    expect(asked).to.deep.equal(['rr 99', 'nice -20', 'lock']);
    const [roundRobin, memory] = warnings();
    expect(roundRobin).to.match(/SCHED_RR at priority 99: Operation not permitted.*LimitRTPRIO=99.*sched_rr: no/);
    expect(memory).to.match(/lock memory: Operation not permitted.*LimitMEMLOCK=infinity/);
    expect(warnings()).to.have.length(2);
  });

  for (const [priority, nice] of [
    ['max', -20],
    ['min', 19],
    [5, 5],
    [-2147483648, -20],
  ] as const) {
    it(`is nice ${nice} for "priority: ${priority}" without real time`, () => {
      const { native, log, asked } = machine(() => false);
      raisePriority({ ...SYSTEM, schedRr: false, priority }, native, log);
      expect(asked).to.deep.equal([`nice ${nice}`, 'lock']);
    });
  }

  it('stays as it is without real time and priority', () => {
    const { native, log, asked } = machine(() => false);
    raisePriority({ ...SYSTEM, schedRr: false }, native, log);
    expect(asked).to.deep.equal(['lock']);
  });

  it('is asked for from the root control group when the configuration says so', () => {
    const { native, log, asked } = machine((call) => call === 'root cgroup');
    raisePriority({ ...SYSTEM, moveToRootCgroup: 'yes' }, native, log);
    expect(asked).to.deep.equal(['root cgroup', 'rr 99', 'lock']);
  });
});
