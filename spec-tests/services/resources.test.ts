import { expect } from 'chai';
import type { Logger } from '../../core/base/logger.js';
import { Icmap, ValueType } from '../../core/services/cmap/index.js';
import { numberValue } from '../../core/services/cmap/values.js';
import { MonEngine } from '../../core/services/mon/index.js';
import { WdEngine } from '../../core/services/wd/index.js';
import { FakeClock } from '../support/fake-clock.js';

const MEMORY = 'resources.system.memory_used';
const LOAD = 'resources.system.load_15min';

/** A machine whose readings the test sets, a watchdog that writes down what is done to it, and both services. */
class Rig {
  readonly clock = new FakeClock();
  readonly map = new Icmap();
  readonly lines: string[] = [];
  readonly done: string[] = [];
  readonly logger: Logger = { enabled: () => true, log: (severity, text) => this.lines.push(`${severity} ${text}`) };
  memory: number | undefined = 40;
  load: number | undefined = 0.5;
  deviceTimeout: number | undefined;
  failure: string | undefined;
  readonly machine = {
    memoryUsedPercent: () => this.memory,
    load15: () => this.load,
    monotonicNs: () => BigInt(Math.round(this.clock.now() * 1e6)) + 1n,
    epochMs: () => 0,
    processName: () => '',
  };
  readonly power = {
    open: (device: string) => {
      this.done.push(`open ${device}`);
      if (this.failure !== undefined) throw new Error(this.failure);
      return {
        keepAlive: () => this.done.push('alive'),
        setTimeout: (seconds: number) => this.deviceTimeout ?? seconds,
        close: () => this.done.push('close'),
      };
    },
    restartMachine: () => this.done.push('restart'),
    powerOff: () => this.done.push('off'),
  };
  readonly mon = new MonEngine({ logger: this.logger, clock: this.clock, map: this.map, machine: this.machine });
  readonly wd = new WdEngine({
    logger: this.logger,
    clock: this.clock,
    map: this.map,
    machine: this.machine,
    power: this.power,
  });

  start(keys: Readonly<Record<string, string | number>> = {}): void {
    for (const [key, value] of Object.entries(keys)) this.set(key, value);
    this.mon.start();
    this.wd.start();
  }

  set(key: string, value: string | number): void {
    if (typeof value === 'string') this.map.setString(key, value);
    else this.map.setNumber(key, key.endsWith('poll_period') ? ValueType.U64 : ValueType.U32, value);
  }

  keys(prefix: string): string[] {
    const shown = this.map.dump();
    return [...this.map.keys(prefix)].map((key) => `${key} ${this.map.get(key)!.type} ${shown[key]}`);
  }
}

describe('mon: the resource monitor', () => {
  it('shows its resources as stopped until they have a limit, with the types that Corosync gives them', () => {
    const rig = new Rig();
    rig.start();
    rig.clock.advance(10_000);
    expect(rig.keys('resources.')).to.deep.equal([
      `${LOAD}.current ${ValueType.DOUBLE} 0`,
      `${LOAD}.last_updated ${ValueType.U64} 0`,
      `${LOAD}.poll_period ${ValueType.U64} 3000`,
      `${LOAD}.state ${ValueType.STRING} stopped`,
      `${MEMORY}.current ${ValueType.I32} 0`,
      `${MEMORY}.last_updated ${ValueType.U64} 0`,
      `${MEMORY}.poll_period ${ValueType.U64} 3000`,
      `${MEMORY}.state ${ValueType.STRING} stopped`,
      `resources.watchdog_timeout ${ValueType.U32} 6`,
    ]);
  });

  it('looks at a resource with a limit every poll_period, and fails it when it is above', () => {
    const rig = new Rig();
    rig.start({ [`${MEMORY}.max`]: '80', [`${MEMORY}.poll_period`]: 1000 });
    expect(rig.map.get(`${MEMORY}.current`)).to.deep.equal(numberValue(ValueType.U32, 40));
    expect(rig.map.string(`${MEMORY}.state`)).to.equal('running');
    rig.memory = 81;
    rig.clock.advance(999);
    expect(rig.map.u32(`${MEMORY}.current`)).to.equal(40);
    rig.clock.advance(1);
    expect([rig.map.u32(`${MEMORY}.current`), rig.map.string(`${MEMORY}.state`)]).to.deep.equal([81, 'failed']);
    expect(rig.map.u64(`${MEMORY}.last_updated`)).to.equal(1_000_000_001n);
    rig.memory = 10;
    rig.clock.advance(1000);
    expect([rig.map.u32(`${MEMORY}.current`), rig.map.string(`${MEMORY}.state`)]).to.deep.equal([10, 'failed']);
    rig.set(`${MEMORY}.max`, '90');
    expect(rig.map.string(`${MEMORY}.state`)).to.equal('running');
  });

  it('takes limits and periods that clients set, and stops without a limit', () => {
    const rig = new Rig();
    rig.start();
    rig.set(`${LOAD}.max`, '1.5');
    expect(rig.map.string(`${LOAD}.state`)).to.equal('running');
    rig.map.setString(`${LOAD}.poll_period`, '500');
    rig.load = 1.75;
    rig.clock.advance(500);
    expect(rig.map.string(`${LOAD}.state`)).to.equal('failed');
    rig.set(`${LOAD}.poll_period`, 10);
    expect(rig.lines.some((line) => line.startsWith(`warning ${LOAD}.poll_period cannot be used`))).to.equal(true);
    rig.map.delete(`${LOAD}.max`);
    expect(rig.map.string(`${LOAD}.state`)).to.equal('stopped');
    const before = rig.map.get(`${LOAD}.current`);
    rig.load = 0.1;
    rig.clock.advance(200_000);
    expect(rig.map.get(`${LOAD}.current`)).to.deep.equal(before);
  });

  it('shows nothing new while a resource cannot be read, and ends with the node', () => {
    const rig = new Rig();
    rig.memory = undefined;
    rig.start({ [`${MEMORY}.max`]: '80' });
    expect(rig.map.u64(`${MEMORY}.last_updated`)).to.equal(0n);
    rig.memory = 5;
    rig.mon.stop();
    rig.clock.advance(100_000);
    expect(rig.map.u64(`${MEMORY}.last_updated`)).to.equal(0n);
  });
});

describe('wd: the watchdog', () => {
  it('opens no device unless one is configured', () => {
    for (const device of [undefined, '', 'off']) {
      const rig = new Rig();
      rig.start(device === undefined ? {} : { 'resources.watchdog_device': device });
      rig.clock.advance(60_000);
      expect(rig.done).to.deep.equal([]);
    }
  });

  it('keeps the device alive twice in its timeout, and closes it when the node leaves', () => {
    const rig = new Rig();
    rig.start({ 'resources.watchdog_device': '/dev/watchdog', 'resources.watchdog_timeout': 10 });
    rig.clock.advance(14_999);
    expect(rig.done.splice(0)).to.deep.equal(['open /dev/watchdog', 'alive', 'alive']);
    rig.set('resources.watchdog_timeout', 4);
    rig.clock.advance(2000);
    expect(rig.done.splice(0)).to.deep.equal(['alive']);
    rig.wd.stop();
    rig.clock.advance(60_000);
    expect(rig.done).to.deep.equal(['close']);
  });

  it('goes by the timeout of a device that keeps its own', () => {
    const rig = new Rig();
    rig.deviceTimeout = 3;
    rig.start({ 'resources.watchdog_device': '/dev/watchdog', 'resources.watchdog_timeout': 60 });
    rig.clock.advance(4500);
    expect(rig.done).to.deep.equal(['open /dev/watchdog', 'alive', 'alive', 'alive']);
    expect(rig.lines.some((line) => line.includes('acts after 3 seconds, not 60'))).to.equal(true);
  });

  it('puts a timeout that cannot be back', () => {
    const rig = new Rig();
    rig.start({ 'resources.watchdog_timeout': 1 });
    expect(rig.map.u32('resources.watchdog_timeout')).to.equal(6);
    rig.set('resources.watchdog_timeout', 121);
    expect(rig.map.u32('resources.watchdog_timeout')).to.equal(6);
    rig.set('resources.watchdog_timeout', 120);
    expect(rig.map.u32('resources.watchdog_timeout')).to.equal(120);
  });

  it('runs without a device that cannot be opened', () => {
    const rig = new Rig();
    rig.failure = 'no such file';
    rig.start({ 'resources.watchdog_device': '/dev/watchdog' });
    expect(rig.lines.some((line) => line.includes('cannot be used: no such file'))).to.equal(true);
    rig.clock.advance(60_000);
    expect(rig.done).to.deep.equal(['open /dev/watchdog']);
  });

  for (const [recovery, outcome] of [
    ['watchdog', undefined],
    ['quit', undefined],
    ['reboot', 'restart'],
    ['shutdown', 'off'],
  ] as const) {
    it(`recovers a failed resource by ${recovery}`, () => {
      const rig = new Rig();
      rig.start({
        'resources.watchdog_device': '/dev/watchdog',
        [`${MEMORY}.max`]: '80',
        [`${MEMORY}.recovery`]: recovery,
      });
      rig.clock.advance(12_000);
      expect(new Set(rig.done.splice(0))).to.deep.equal(new Set(['open /dev/watchdog', 'alive']));
      rig.memory = 99;
      rig.clock.advance(12_000);
      if (outcome === undefined) {
        rig.done.splice(0);
        rig.clock.advance(60_000);
        expect(rig.done).to.deep.equal([]);
        rig.wd.stop();
        expect(rig.done, 'the device is not closed').to.deep.equal([]);
      } else {
        expect(rig.done.filter((what) => what !== 'alive')).to.deep.equal([outcome]);
      }
    });
  }

  it('fails a process that does not say that it lives, as SAM registers one', () => {
    const rig = new Rig();
    rig.start({ 'resources.watchdog_device': '/dev/watchdog' });
    const process = 'resources.process.4711';
    const live = (): unknown => rig.map.setNumber(`${process}.last_updated`, ValueType.U64, rig.machine.monotonicNs());
    rig.map.setString(`${process}.recovery`, 'quit');
    rig.set(`${process}.poll_period`, 1000);
    live();
    rig.map.setString(`${process}.state`, 'running');
    for (let second = 0; second < 20; second++) {
      live();
      rig.clock.advance(1000);
    }
    rig.done.splice(0);
    rig.clock.advance(10_000);
    expect(rig.lines.some((line) => line.includes('resource 4711 was updated'))).to.equal(true);
    rig.done.splice(0);
    rig.clock.advance(60_000);
    expect(rig.done).to.deep.equal([]);
  });

  it('forgets a resource that is gone', () => {
    const rig = new Rig();
    rig.start({ 'resources.watchdog_device': '/dev/watchdog' });
    const process = 'resources.process.4711';
    rig.map.setString(`${process}.recovery`, 'quit');
    rig.map.setNumber(`${process}.last_updated`, ValueType.U64, rig.machine.monotonicNs());
    rig.map.setString(`${process}.state`, 'running');
    rig.map.delete(`${process}.state`);
    rig.clock.advance(60_000);
    expect(rig.done.at(-1)).to.equal('alive');
    expect(rig.wd.dump()).to.deep.include({ well: true });
  });
});
