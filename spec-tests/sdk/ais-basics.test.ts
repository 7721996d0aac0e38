import { expect } from 'chai';
import fc from 'fast-check';
import type { SaVersionError } from 'chorale/sdk';
import {
  A_01_01,
  B_01_01,
  Expiries,
  HandleDatabase,
  HandleType,
  SA_TIME_END,
  SaError,
  fromDate,
  fromMilliseconds,
  keyBytes,
  nameBytes,
  nameKey,
  negotiateVersion,
  timeoutMs,
  toDate,
  toMilliseconds,
} from 'chorale/sdk';
import { Random } from '../../core/sim/random.js';
import { Scheduler } from '../../core/sim/scheduler.js';
import { VirtualClock } from '../../core/sim/virtual-clock.js';

const THING = new HandleType<{ name: string }>('thing');
const OTHER = new HandleType<{ name: string }>('other');

describe('AIS handles', () => {
  it('are of one kind, and are none once destroyed, even when their place is in use again', () => {
    const handles = new HandleDatabase(new Random(1));
    const first = handles.create(THING, { name: 'first' });
    expect(handles.get(THING, first).name).to.equal('first');
    expect(handles.find(OTHER, first)).to.equal(undefined);
    handles.destroy(first);
    handles.destroy(first);
    const second = handles.create(THING, { name: 'second' });
    expect(handles.size).to.equal(1);
    expect(second & 0xffff_ffffn, 'the same place').to.equal(first & 0xffff_ffffn);
    expect(() => handles.get(THING, first))
      .to.throw(SaError, /^SA_AIS_ERR_BAD_HANDLE: /)
      .with.property('code', 9);
    handles.destroy(first);
    expect(handles.get(THING, second).name).to.equal('second');
  });

  it('are never guessed: 0, small, negative and huge numbers are none', () => {
    const handles = new HandleDatabase(new Random(1));
    for (let i = 0; i < 100; i++) handles.create(THING, { name: '' });
    for (const wild of [0n, 1n, 99n, -1n, 2n ** 64n, 2n ** 80n]) expect(handles.find(THING, wild)).to.equal(undefined);
    expect(handles.find(THING, 5 as never)).to.equal(undefined);
  });
});

describe('AIS versions', () => {
  const both = [B_01_01, { ...A_01_01, majorVersion: 2 }];
  const outcome = (releaseCode: string, majorVersion: number): string => {
    try {
      const { releaseCode: letter, majorVersion: major } = negotiateVersion(
        { releaseCode, majorVersion, minorVersion: 1 },
        both,
      );
      return `OK ${letter}${major}`;
    } catch (error) {
      const { supported } = error as SaVersionError;
      return `VERSION ${supported.releaseCode}${supported.majorVersion}`;
    }
  };

  it('of several releases: the same, the next lower, or the lowest one', () => {
    expect(['A', 'B'].map((code) => outcome(code, 1))).to.deep.equal(['OK A2', 'OK B1']);
    expect([outcome('A', 3), outcome('A', 0), outcome('B', 2)]).to.deep.equal([
      'VERSION A2',
      'VERSION A2',
      'VERSION B1',
    ]);
    expect([outcome('C', 1), outcome('@', 1)]).to.deep.equal(['VERSION B1', 'VERSION A2']);
  });
});

describe('AIS names and times', () => {
  it('keeps every byte of a name in its key, and tells names apart by length and bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 256 }), fc.uint8Array({ maxLength: 256 }), (a, b) => {
        expect([...keyBytes(nameKey(a))]).to.deep.equal([...a]);
        expect(nameKey(a) === nameKey(b)).to.equal(Buffer.from(a).equals(b));
      }),
    );
    expect(nameKey(nameBytes('a\0b'))).to.not.equal(nameKey(nameBytes('a')));
    expect(() => nameBytes('ä'.repeat(129))).to.throw(SaError, /INVALID_PARAM/);
    expect(() => nameBytes('ä'.repeat(129), 'ERR_NAME_TOO_LONG')).to.throw(SaError, /NAME_TOO_LONG/);
    expect(() => nameKey(new Uint8Array(257))).to.throw(SaError);
  });

  it('converts times', () => {
    expect(fromMilliseconds(1.5)).to.equal(1_500_000n);
    expect(fromMilliseconds(Infinity)).to.equal(SA_TIME_END);
    expect(toMilliseconds(SA_TIME_END)).to.equal(Infinity);
    const date = new Date('2026-03-01T12:00:00.123Z');
    expect(toDate(fromDate(date))).to.deep.equal(date);
    expect(timeoutMs(2_000_000n)).to.equal(2);
    for (const bad of [-1n, 2n ** 63n, 5, undefined])
      expect(() => timeoutMs(bad as never)).to.throw(SaError, /INVALID/);
  });
});

describe('expiries', () => {
  /** One node's, of this place, in virtual time. */
  const node = (rank: () => number): { expiries: Expiries; announced: string[]; pass(ms: number): void } => {
    const scheduler = new Scheduler();
    const announced: string[] = [];
    const expiries: Expiries = new Expiries({
      clock: new VirtualClock(scheduler, 1),
      rank,
      announce: (key, stamp) => announced.push(`${Math.round(scheduler.now)} ${key} ${stamp}`),
    });
    const pass = (ms: number): void => {
      const end = scheduler.now + ms;
      while (scheduler.next <= end) scheduler.step();
      scheduler.now = end;
    };
    return { expiries, announced, pass };
  };

  it('are announced by the first node in time, in their order', () => {
    const { expiries, announced, pass } = node(() => 0);
    const delays = new Random(3).shuffled(Array.from({ length: 50 }, (_, i) => 10 * (i + 1)));
    for (const delay of delays) expiries.start(`k${delay}`, delay, 7);
    expiries.stop('k30');
    expiries.start('k20', 45, 8);
    expiries.start('k40', Infinity, 8);
    expect(expiries.remaining('k20')).to.equal(45);
    expect(expiries.remaining('k40')).to.equal(undefined);
    pass(60);
    expect(announced).to.deep.equal(['10 k10 7', '45 k20 8', '50 k50 7', '60 k60 7']);
  });

  it('are announced again until the announcement comes; of an old time it counts for nothing', () => {
    const { expiries, announced, pass } = node(() => 0);
    expiries.start('k', 10, 1);
    pass(2100);
    expect(announced).to.deep.equal(['10 k 1', '2010 k 1']);
    expiries.start('k', 5000, 2);
    expect(expiries.take('k', 1)).to.equal(false);
    pass(5000);
    expect(expiries.take('k', 2)).to.equal(true);
    expect(expiries.take('k', 2)).to.equal(false);
    pass(10_000);
    expect(announced).to.have.length(3);
  });

  it('are announced by the next node when the first does not, and at once by one that becomes the first', () => {
    let rank = 1;
    const { expiries, announced, pass } = node(() => rank);
    expiries.start('a', 1000, 1);
    pass(2900);
    expect(announced).to.deep.equal([]);
    pass(200);
    expect(announced).to.deep.equal(['3000 a 1']);
    expect(expiries.take('a', 1)).to.equal(true);
    rank = 5;
    expiries.start('b', 100, 2);
    pass(1000);
    rank = 0;
    pass(2000);
    expect(announced).to.have.length(2);
  });
});
