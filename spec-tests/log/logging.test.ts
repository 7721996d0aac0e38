import { expect } from 'chai';
import { ConfigError } from '../../core/config/errors.js';
import { createLogging } from '../../core/log/logging.js';
import { IDENTITY, logging, MemorySinks } from './sinks.js';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('logging', () => {
  let sinks: MemorySinks;
  beforeEach(() => (sinks = new MemorySinks()));

  it('writes lines in the order they were logged', async () => {
    const log = createLogging(logging(), IDENTITY, sinks);
    for (let i = 0; i < 1000; i++) log.loggerOf(i % 2 ? 'TOTEM' : 'CPG').log('notice', `line ${i}`);
    await log.flush();
    expect(sinks.err.lines.map((line) => Number(line.split(' ').at(-1)))).to.deep.equal([...Array(1000).keys()]);
    await log.close();
  });

  it('writes nothing while the caller runs', async () => {
    const log = createLogging(logging(), IDENTITY, sinks);
    log.loggerOf('TOTEM').log('notice', 'later');
    expect(sinks.err.lines).to.deep.equal([]);
    await log.flush();
    expect(sinks.err.lines).to.deep.equal(['notice  [TOTEM ] later']);
    await log.close();
  });

  it('gives one logger a subsystem', () => {
    const log = createLogging(logging(), IDENTITY, sinks);
    expect(log.loggerOf('CPG')).to.equal(log.loggerOf('CPG'));
  });

  it('takes the priority of each target', async () => {
    const config = logging({
      toSyslog: true,
      toLogfile: true,
      logfile: '/log',
      logfilePriority: 'notice',
      syslogPriority: 'error',
    });
    const log = createLogging(config, IDENTITY, sinks);
    const totem = log.loggerOf('TOTEM');
    for (const severity of ['emerg', 'error', 'warning', 'notice', 'info', 'debug', 'trace'] as const) {
      totem.log(severity, severity);
    }
    await log.flush();
    const texts = (lines: string[]) => lines.map((line) => line.split(' ').at(-1));
    expect(texts(sinks.err.lines)).to.deep.equal(['emerg', 'error', 'warning', 'notice']);
    expect(texts(sinks.files.get('/log')!.lines)).to.deep.equal(['emerg', 'error', 'warning', 'notice']);
    expect(texts(sinks.sys.lines)).to.deep.equal(['emerg', 'error']);
    expect([totem.enabled('notice'), totem.enabled('info')]).to.deep.equal([true, false]);
    await log.close();
  });

  it('logs debug to every target when debug is on, and trace when it is trace', async () => {
    const log = createLogging(logging({ toSyslog: true, syslogPriority: 'error', debug: 'on' }), IDENTITY, sinks);
    log.loggerOf('CPG').log('debug', 'a');
    log.loggerOf('CPG').log('trace', 'b');
    log.reconfigure(logging({ toSyslog: true, syslogPriority: 'error', debug: 'trace' }));
    log.loggerOf('CPG').log('trace', 'c');
    await log.flush();
    expect(sinks.err.lines).to.deep.equal(['debug   [CPG   ] a', 'trace   [CPG   ] c']);
    expect(sinks.sys.lines).to.deep.equal(['<30>[CPG   ] a', '<31>[CPG   ] c']);
    await log.close();
  });

  it('lets a subsystem differ', async () => {
    const config = logging(
      { toSyslog: true },
      { TOTEM: { debug: 'on', syslogFacility: 'local3' }, CPG: { toStderr: false, toLogfile: true, logfile: '/cpg' } },
    );
    const log = createLogging(config, IDENTITY, sinks);
    log.loggerOf('TOTEM').log('debug', 'a');
    log.loggerOf('CPG').log('info', 'b');
    log.loggerOf('MAIN').log('debug', 'c');
    await log.flush();
    expect(sinks.err.lines).to.deep.equal(['debug   [TOTEM ] a']);
    expect(sinks.sys.lines).to.deep.equal(['<158>[TOTEM ] a', '<30>[CPG   ] b']);
    expect(sinks.files.get('/cpg')!.lines).to.deep.equal(['[1234] n1 choraled info    [CPG   ] b']);
    await log.close();
  });

  it('changes levels and targets at once, for loggers handed out before', async () => {
    const log = createLogging(logging({ toLogfile: true, logfile: '/a' }), IDENTITY, sinks);
    const totem = log.loggerOf('TOTEM');
    totem.log('debug', 'no');
    totem.log('info', 'to a');
    log.reconfigure(logging({ toLogfile: true, logfile: '/b', debug: 'on' }));
    expect(totem.enabled('debug')).to.equal(true);
    totem.log('debug', 'to b');
    await log.flush();
    const [a, b] = [sinks.files.get('/a')!, sinks.files.get('/b')!];
    expect(a.lines.map((line) => line.slice(-4))).to.deep.equal(['to a']);
    expect(b.lines.map((line) => line.slice(-4))).to.deep.equal(['to b']);
    expect([a.closed, b.closed, sinks.err.closed]).to.deep.equal([true, false, false]);
    await log.close();
    expect(b.closed).to.equal(true);
  });

  it('keeps what it has if the new log file cannot be opened', async () => {
    sinks.unwritable.add('/b');
    const log = createLogging(logging({ toLogfile: true, logfile: '/a' }), IDENTITY, sinks);
    expect(() => log.reconfigure(logging({ toLogfile: true, logfile: '/b' }))).to.throw(ConfigError, '/b');
    log.loggerOf('MAIN').log('info', 'still here');
    await log.flush();
    expect(sinks.files.get('/a')!.lines).to.have.length(1);
    await log.close();
  });

  it('ends with code 7 if a log file cannot be opened at the start', () => {
    sinks.unwritable.add('/a');
    try {
      createLogging(logging({ toLogfile: true, logfile: '/a' }), IDENTITY, sinks);
      expect.fail('it started');
    } catch (error) {
      expect(error).to.be.instanceOf(ConfigError);
      expect((error as ConfigError).exitCode).to.equal(7);
      expect((error as Error).message).to.match(/logging\.logfile: .*EACCES.*make it writable/);
    }
  });

  it('counts what a stuck target cannot take, reports it once, and holds up no other', async () => {
    const log = createLogging(logging({ toLogfile: true, logfile: '/a' }), IDENTITY, sinks);
    const totem = log.loggerOf('TOTEM');
    const file = sinks.files.get('/a')!;
    sinks.err.hold();
    const count = 20_000;
    for (let i = 0; i < count; i++) {
      totem.log('notice', `line ${i}`);
      // The file keeps up; only standard error is stuck.
      for (let turn = 0; i % 1000 === 999 && turn < 1000 && file.lines.length <= i; turn++) await nextTurn();
    }
    expect(file.lines).to.have.length(count);
    const { lost } = log.counters;
    expect(lost).to.be.greaterThan(0).and.lessThan(count);
    sinks.err.release();
    await log.flush();
    totem.log('notice', 'after');
    await log.flush();
    const written = sinks.err.lines;
    const reports = written.filter((line) => line.includes('were lost'));
    const lostOnStderr = Number(/ (\d+) lines of this log were lost/.exec(reports[0] ?? '')?.[1]);
    expect(reports).to.have.length(1);
    expect(written.at(-2)).to.equal(reports[0]);
    expect(written.length - 2 + lostOnStderr).to.equal(count);
    await log.close();
  });

  it('reports a target that fails on the others, once, and goes on when it works again', async () => {
    const log = createLogging(logging({ toLogfile: true, logfile: '/a' }), IDENTITY, sinks);
    const file = sinks.files.get('/a')!;
    file.failure = new Error('ENOSPC: no space left on device, write');
    for (let i = 0; i < 3; i++) {
      log.loggerOf('MAIN').log('info', `line ${i}`);
      await log.flush();
    }
    expect(log.counters.failure).to.match(/ENOSPC/);
    file.failure = undefined;
    for (let i = 3; i < 5; i++) {
      log.loggerOf('MAIN').log('info', `line ${i}`);
      await log.flush();
    }
    expect(sinks.err.lines.filter((line) => line.includes('/a takes no lines: ENOSPC'))).to.have.length(1);
    expect(file.lines.map((line) => line.split('] ').at(-1))).to.deep.equal([
      'line 3',
      '3 lines of this log were lost, because they could not be written as fast as they came',
      'line 4',
    ]);
    expect(log.counters).to.deep.include({ lost: 3 }).and.not.to.have.property('failure');
    await log.close();
  });

  it('holds back a line that repeats, and says how often', async () => {
    const log = createLogging(logging(), IDENTITY, sinks);
    const totem = log.loggerOf('TOTEM');
    for (let i = 0; i < 100_000; i++) totem.log('warning', 'bad frame');
    totem.log('warning', 'another');
    await log.flush();
    expect(sinks.err.lines).to.deep.equal([
      ...Array<string>(5).fill('warning [TOTEM ] bad frame'),
      'warning [TOTEM ] another',
      'warning [TOTEM ] (99995 more times) bad frame',
    ]);
    expect(log.counters.suppressed).to.equal(99_995);
    await log.close();
  });

  it('does not hold back debug lines', async () => {
    const log = createLogging(logging({ debug: 'on' }), IDENTITY, sinks);
    for (let i = 0; i < 50; i++) log.loggerOf('TOTEM').log('debug', 'again');
    await log.flush();
    expect(sinks.err.lines).to.have.length(50);
    await log.close();
  });

  it('reopens every target, and says what could not be', async () => {
    const log = createLogging(logging({ toLogfile: true, logfile: '/a' }), IDENTITY, sinks);
    await log.reopen();
    expect([sinks.err.reopened, sinks.files.get('/a')!.reopened]).to.deep.equal([1, 1]);
    sinks.files.get('/a')!.failure = new Error('EACCES: permission denied');
    await log.reopen();
    await log.flush();
    expect(sinks.err.lines.join()).to.contain('could not be reopened').and.to.contain('EACCES');
    await log.close();
  });

  it('closes what it opened and takes no more lines', async () => {
    const log = createLogging(logging({ toSyslog: true, toLogfile: true, logfile: '/a' }), IDENTITY, sinks);
    const main = log.loggerOf('MAIN');
    main.log('info', 'last');
    await log.close();
    main.log('info', 'too late');
    expect(main.enabled('emerg')).to.equal(false);
    expect(log.loggerOf('NEW').enabled('emerg')).to.equal(false);
    expect(sinks.err.lines).to.have.length(1);
    expect([sinks.err.closed, sinks.sys.closed, sinks.files.get('/a')!.closed]).to.deep.equal([true, true, true]);
  });

  it('keeps a burst of lines away from the ring', async () => {
    const log = createLogging(logging(), IDENTITY, sinks);
    const totem = log.loggerOf('TOTEM');
    for (let i = 0; i < 8000; i++) totem.log('notice', `line ${i}`);
    let turns = 0;
    let done = false;
    void log.flush().then(() => (done = true));
    while (!done) {
      await nextTurn();
      turns++;
    }
    expect(turns).to.be.greaterThan(8000 / 64);
    await log.close();
  });
});
