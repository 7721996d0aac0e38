import { expect } from 'chai';
import fc from 'fast-check';
import { RecentLines } from '../../core/log/recent-lines.js';
import type { LogLine } from '../../core/log/line.js';
import { createLogging } from '../../core/log/logging.js';
import type { LoggingConfig } from '../../core/config/model.js';
import { IDENTITY, logging, MemorySinks } from './sinks.js';

const line = (text: string): LogLine => ({ timeMs: 1, rank: 7, subsystem: 'TOTEM', text, facility: 3 });
const texts = (recent: RecentLines, after = 0, most?: number): string[] =>
  recent.after(after, most).map(({ text }) => text);

describe('log: the last lines', () => {
  it('are kept in order, numbered from 1, the oldest dropped first', () => {
    const property = fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 40 }), (limit, count) => {
      const recent = new RecentLines(limit);
      for (let i = 1; i <= count; i++) recent.push(line(`${i}`));
      const kept = recent.after(0);
      expect(kept.length).to.equal(Math.min(limit, count));
      kept.forEach(({ number, text }, i) => {
        expect(number).to.equal(count - kept.length + 1 + i);
        expect(text).to.equal(`${number}`);
      });
      expect(recent.newest).to.equal(count);
    });
    fc.assert(property);
  });

  it('are read in pages', () => {
    const recent = new RecentLines(5);
    for (let i = 1; i <= 7; i++) recent.push(line(`${i}`));
    expect(texts(recent, 0, 2)).to.deep.equal(['3', '4']);
    expect(texts(recent, 4, 2)).to.deep.equal(['5', '6']);
    expect(texts(recent, 6, 2)).to.deep.equal(['7']);
    expect(texts(recent, 7)).to.deep.equal([]);
  });

  it('are cut to a length that memory can hold', () => {
    const recent = new RecentLines();
    recent.push(line('x'.repeat(1_000_000)));
    expect(recent.after(0)[0]!.text.length).to.be.lessThan(1100);
  });
});

describe('log: what is kept of it', () => {
  let sinks: MemorySinks;
  beforeEach(() => (sinks = new MemorySinks()));
  const create = (config: LoggingConfig, recent: RecentLines) => createLogging(config, IDENTITY, sinks, recent);

  it('is every line down to debug, whatever the targets take', async () => {
    const recent = new RecentLines();
    const log = create(logging({ debug: 'off', toStderr: true, logfilePriority: 'error' }), recent);
    const logger = log.loggerOf('TOTEM');
    expect(logger.enabled('debug')).to.equal(true);
    expect(logger.enabled('trace')).to.equal(false);
    logger.log('debug', 'a debug line');
    logger.log('error', 'an error');
    logger.log('trace', 'a trace line');
    await log.close();
    expect(texts(recent)).to.deep.equal(['a debug line', 'an error']);
    expect(sinks.err.lines.join('\n')).to.contain('an error').and.not.contain('debug line');
  });

  it('is nothing with "blackbox: off", from a reload on', () => {
    const recent = new RecentLines();
    const log = create(logging({ debug: 'off' }), recent);
    const logger = log.loggerOf('TOTEM');
    logger.log('debug', 'before');
    log.reconfigure(logging({ debug: 'off', blackbox: false }));
    expect(logger.enabled('debug')).to.equal(false);
    logger.log('notice', 'after');
    expect(texts(recent)).to.deep.equal(['before']);
    expect(log.loggerOf('CPG').enabled('debug')).to.equal(false);
  });
});
