import { expect } from 'chai';
import fc from 'fast-check';
import { formatLine, formatTime } from '../../core/log/line.js';
import { LineQueue } from '../../core/log/line-queue.js';
import { IDENTITY } from './sinks.js';
import type { LogLine } from '../../core/log/line.js';

const at = new Date(2026, 10, 1, 7, 3, 9, 45).getTime();
const line = (text: string, rank = 5, subsystem = 'TOTEM'): LogLine => ({
  timeMs: at,
  rank,
  subsystem,
  text,
  facility: 3,
});

describe('a line of the log', () => {
  it("looks like Corosync's in a file", () => {
    expect(formatLine(line('text'), 'file', 'on', IDENTITY)).to.equal(
      'Nov 01 07:03:09 [1234] n1 choraled notice  [TOTEM ] text',
    );
  });

  it("looks like Corosync's on standard error", () => {
    expect(formatLine(line('text', 4, 'VOTEQ'), 'stderr', 'hires', IDENTITY)).to.equal(
      'Nov 01 07:03:09.045 warning [VOTEQ ] text',
    );
    expect(formatLine(line('text', 6, 'QUORUM'), 'stderr', 'off', IDENTITY)).to.equal('info    [QUORUM] text');
  });

  it('has facility and severity in the system log; debug arrives as info', () => {
    expect(formatLine(line('a', 3), 'syslog', 'on', IDENTITY)).to.equal('<27>[TOTEM ] a');
    expect(formatLine({ ...line('a', 7), facility: 16 }, 'syslog', 'on', IDENTITY)).to.equal('<134>[TOTEM ] a');
    expect(formatLine(line('a', 8), 'syslog', 'on', IDENTITY)).to.equal('<31>[TOTEM ] a');
  });

  it('pads the day', () => {
    expect(formatTime(at, 'on')).to.equal('Nov 01 07:03:09');
  });

  it('cannot be ended or coloured by what it quotes', () => {
    expect(formatLine(line('a\nb\r\x1b[31mc\u2028\td'), 'stderr', 'off', IDENTITY)).to.equal(
      'notice  [TOTEM ] a\\x0ab\\x0d\\x1b[31mc\\x2028\td',
    );
  });
});

describe('the queue of a target', () => {
  it('is a bounded queue, whatever is done with it', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), fc.integer({ min: 1, max: 7 }), (pushes, limit) => {
        const queue = new LineQueue(limit);
        const model: LogLine[] = [];
        for (const [index, push] of pushes.entries()) {
          if (push) {
            const next = line(String(index));
            expect(queue.push(next)).to.equal(model.length < limit);
            if (model.length < limit) model.push(next);
          } else expect(queue.shift()).to.equal(model.shift());
          expect(queue.length).to.equal(model.length);
        }
      }),
    );
  });
});
