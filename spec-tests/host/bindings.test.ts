import { expect } from 'chai';
import * as fc from 'fast-check';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStore } from '../../core/host/bindings/file-store.js';
import { nodeClock } from '../../core/host/bindings/node-clock.js';
import { NodeEntropy } from '../../core/host/bindings/node-entropy.js';
import { ClockScope } from '../../core/host/clock-scope.js';
import { FakeClock } from '../support/fake-clock.js';

describe('node clock', () => {
  /** Resolves with the time the timer took. */
  const expiry = (start: (timer: ReturnType<typeof nodeClock.timer>) => void): Promise<number> =>
    new Promise((resolve) => {
      const began = nodeClock.now();
      start(nodeClock.timer(() => resolve(nodeClock.now() - began)));
    });

  it('expires once, not before its time', async () => {
    let expiries = 0;
    const timer = nodeClock.timer(() => expiries++);
    timer.start(5);
    expect(timer.running).to.equal(true);
    expect(await expiry((other) => other.start(20))).to.be.at.least(20);
    expect(expiries).to.equal(1);
    expect(timer.running).to.equal(false);
  });

  it('is moved by each start, later and earlier', async () => {
    expect(await expiry((timer) => [10, 20, 40].forEach((ms) => timer.start(ms)))).to.be.at.least(40);
    expect(await expiry((timer) => [5000, 10].forEach((ms) => timer.start(ms)))).to.be.within(10, 4000);
    const later = await expiry((timer) => {
      timer.start(10);
      setTimeout(() => timer.start(30), 5);
    });
    expect(later).to.be.at.least(34);
  });

  it('does not expire once stopped, and can be started again', async () => {
    let expiries = 0;
    const timer = nodeClock.timer(() => expiries++);
    timer.start(5);
    timer.stop();
    timer.stop();
    await expiry((other) => other.start(20));
    expect(expiries).to.equal(0);
    timer.start(1);
    await expiry((other) => other.start(20));
    expect(expiries).to.equal(1);
  });

  it('expires on the next turn with a delay of 0, before any other timer', async () => {
    const order: string[] = [];
    const first = expiry((timer) => timer.start(0)).then(() => order.push('next turn'));
    const second = expiry((timer) => timer.start(5)).then(() => order.push('5 ms'));
    order.push('this turn');
    await Promise.all([first, second]);
    expect(order).to.deep.equal(['this turn', 'next turn', '5 ms']);
  });

  it('can start itself again when it expires', async () => {
    let left = 3;
    await new Promise<void>((resolve) => {
      const timer = nodeClock.timer(() => {
        if (--left === 0) resolve();
        else timer.start(1);
      });
      timer.start(1);
    });
    expect(left).to.equal(0);
  });
});

describe('node entropy', () => {
  it('stays below the limit and reaches all of a small range', () => {
    const entropy = new NodeEntropy();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 }), (limit) => {
        const number = entropy.below(limit);
        return Number.isInteger(number) && number >= 0 && number < limit;
      }),
    );
    const seen = new Set(Array.from({ length: 1000 }, () => entropy.below(6)));
    expect([...seen].sort()).to.deep.equal([0, 1, 2, 3, 4, 5]);
  });

  it('refuses a limit that is none', () => {
    for (const limit of [0, -1, 1.5, NaN, 2 ** 32 + 1]) {
      expect(() => new NodeEntropy().below(limit)).to.throw(RangeError);
    }
  });
});

describe('file store', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'chorale-store-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('keeps bytes in a file of their name, for its owner only', () => {
    const store = new FileStore(directory);
    expect(store.load('ringid_1')).to.equal(undefined);
    store.save('ringid_1', Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0));
    store.save('ringid_1', Uint8Array.of(13, 0, 0, 0, 0, 0, 0, 0));
    expect([...readFileSync(join(directory, 'ringid_1'))]).to.deep.equal([13, 0, 0, 0, 0, 0, 0, 0]);
    expect([...new FileStore(directory).load('ringid_1')!]).to.deep.equal([13, 0, 0, 0, 0, 0, 0, 0]);
    expect(statSync(join(directory, 'ringid_1')).mode & 0o777).to.equal(0o600);
    expect(readdirSync(directory)).to.deep.equal(['ringid_1']);
  });

  it('takes no key that leads out of the directory', () => {
    const store = new FileStore(directory);
    for (const key of ['../x', 'a/b', '', '.hidden', 'a\0b', 'x'.repeat(200)]) {
      expect(() => store.save(key, new Uint8Array(1))).to.throw(/is no key of the store/);
      expect(() => store.load(key)).to.throw(/is no key of the store/);
    }
  });

  it('says what to do when it cannot read or write', () => {
    const missing = new FileStore(join(directory, 'gone'));
    expect(() => missing.save('ringid_1', new Uint8Array(8))).to.throw(
      /cannot write .*gone\/ringid_1: .*ENOENT.*system\.state_dir/,
    );
    mkdirSync(join(directory, 'ringid_1'));
    expect(() => new FileStore(directory).load('ringid_1')).to.throw(/cannot read .*EISDIR/);
  });
});

describe('clock scope', () => {
  it('ends all its timers at once, and none starts again', () => {
    const clock = new FakeClock();
    const scope = new ClockScope(clock);
    const expired: string[] = [];
    const running = scope.timer(() => expired.push('running'));
    const stopped = scope.timer(() => expired.push('stopped'));
    const again = scope.timer(() => expired.push('again'));
    running.start(10);
    stopped.start(10);
    stopped.stop();
    again.start(5);
    clock.advance(5);
    again.start(10);
    scope.close();
    running.start(1);
    clock.advance(100);
    expect(expired).to.deep.equal(['again']);
    expect([running, stopped, again].map((timer) => timer.running)).to.deep.equal([false, false, false]);
    expect(scope.now()).to.equal(105);
  });

  it('still ends a timer that started itself again when it expired', () => {
    const clock = new FakeClock();
    const scope = new ClockScope(clock);
    let expiries = 0;
    const timer = scope.timer(() => {
      expiries++;
      timer.start(1);
    });
    timer.start(1);
    clock.advance(3);
    scope.close();
    clock.advance(10);
    expect(expiries).to.equal(3);
  });
});
