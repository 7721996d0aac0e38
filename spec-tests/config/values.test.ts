import { expect } from 'chai';
import { conf, failure, FILE, load, nodelist } from './host.js';

/** The one problem of a configuration, as a person sees it. */
async function problem(...args: Parameters<typeof failure>): Promise<string> {
  const { message, problems } = await failure(...args);
  expect(problems, message).to.have.length(1);
  return message;
}

describe('the values of directives', () => {
  it('an error names file, line, key, value and what would be right', async () => {
    expect(await problem(conf({ totem: 'token: soon' }))).to.equal(
      `${FILE}:4: totem.token: "soon": must be a whole number from 0 to 2147483647`,
    );
    expect(await problem(conf({ totem: 'join: 29' }))).to.equal(
      `${FILE}:4: totem.join: "29": must be a whole number from 30 to 2147483647, or 0 for the default`,
    );
    expect(await problem(conf({ totem: 'ip_version: v4' }))).to.equal(
      `${FILE}:4: totem.ip_version: "v4": must be ipv4, ipv6, ipv6-4 or ipv4-6`,
    );
  });

  it('every error is found in one reading', async () => {
    const text = 'totem {\nversion: 1\ntransport: carrier\ntoken: x\nhold: 1\n}\nhello\nlogging {\ndebug: yes\n}\n';
    const { problems, exitCode } = await failure(text);
    expect(problems.map(({ key, origin }) => `${origin.line} ${key}`)).to.deep.equal([
      '7 ',
      '2 totem.version',
      '3 totem.transport',
      '4 totem.token',
      '5 totem.hold',
      '9 logging.debug',
      '0 nodelist',
    ]);
    expect(exitCode).to.equal(8);
  });

  it('exit codes are those of the part Corosync fails in first', async () => {
    const codeOf = async (text: string) => (await failure(text)).exitCode;
    expect(await codeOf(conf({ logging: 'debug: yes' }))).to.equal(7);
    expect(await codeOf(conf({ logging: 'debug: yes', totem: 'consensus: 31\njoin: 32' }))).to.equal(7);
    expect(await codeOf(conf({ logging: 'debug: yes', totem: 'join: 29\nlink_mode: x\ncrypto_hash: md5' }))).to.equal(
      7,
    );
    expect(await codeOf(conf({ logging: 'debug: yes', totem: 'token: x' }))).to.equal(8);
    expect(await codeOf(conf({ quorum: 'provider: x' }))).to.equal(20);
    expect(await codeOf(conf({ quorum: 'provider: x', totem: 'consensus: 31\njoin: 32' }))).to.equal(8);
  });

  it('what is missing is named', async () => {
    expect(await problem(nodelist('10.0.0.1') + 'totem {\ntransport: udpu\n}')).to.equal(
      `${FILE}: totem.version: is missing; add "version: 2" to the totem section`,
    );
    expect(await problem(nodelist('10.0.0.1') + 'totem {\nversion: 2\n}')).to.contain('which means knet');
  });

  for (const [name, totem, pattern] of [
    ['encryption', 'crypto_cipher: aes256', /totem\.crypto_cipher: "aes256": .*not supported yet/],
    ['authentication', 'crypto_hash: sha256', /totem\.crypto_hash: "sha256": .*not supported yet/],
    ['secauth', 'secauth: on', /totem\.secauth: "on": .*not supported yet/],
  ] as const) {
    it(`${name} is refused by name`, async () => expect(await problem(conf({ totem }))).to.match(pattern));
  }

  it('knet is refused by name', async () => {
    const text = nodelist('10.0.0.1') + 'totem {\nversion: 2\ntransport: knet\n}';
    expect(await problem(text)).to.match(
      /:10: totem\.transport: "knet": knet is not supported yet; set "transport: udpu"/,
    );
  });

  it('the start of a load is refused by name', async () => {
    expect(await problem(conf({ rest: 'pload {\nstart: now\n}' }))).to.match(/pload\.start/);
  });

  it('resources and loads are taken', async () => {
    const rest =
      'resources {\nwatchdog_device: /dev/watchdog\nwatchdog_timeout: 8\nsystem {\nmemory_used {\nmax: 90\n' +
      'poll_period: 1000\nrecovery: reboot\n}\n}\n}\npload {\ncount: 10\nsize: 500\n}';
    const { config, warnings } = await load(conf({ rest }));
    expect(warnings).to.deep.equal([]);
    expect(config.entries).to.deep.include.members([
      { path: 'resources.watchdog_device', type: 'str', value: '/dev/watchdog' },
      { path: 'resources.watchdog_timeout', type: 'u32', value: 8 },
      { path: 'resources.system.memory_used.max', type: 'str', value: '90' },
      { path: 'resources.system.memory_used.poll_period', type: 'u64', value: 1000n },
      { path: 'resources.system.memory_used.recovery', type: 'str', value: 'reboot' },
      { path: 'pload.count', type: 'u32', value: 10 },
      { path: 'pload.size', type: 'u32', value: 500 },
    ]);
  });

  it('a second link is refused by name', async () => {
    expect(await problem(conf({ node: 'ring1_addr: 10.1.0.1' }))).to.match(/nodelist\.node\.ring1_addr: "10\.1\.0\.1"/);
    expect(await problem(conf({ totem: 'interface {\nlinknumber: 1\nmcastport: 5\n}' }))).to.contain('link 0 only');
  });

  it('what asks for nothing is taken without a word', async () => {
    const totem = 'crypto_cipher: none\ncrypto_hash: none\nsecauth: off';
    const rest = 'resources {\nwatchdog_device: off\n}\n';
    const { warnings } = await load(conf({ totem, rest, logging: 'fileline: off\nfunction_name: off' }));
    expect(warnings).to.deep.equal([]);
  });

  it('what Corosync ignores is taken with a warning', async () => {
    const totem = 'knet_mtu: 1400\nrrp_mode: active\nthreads: 4\nnodeid: 5\ninterface {\nringnumber: 1\n}';
    const { config, warnings } = await load(conf({ totem, rest: 'nozzle {\nname: noz0\n}\n' }));
    expect(warnings.map((warning) => /: ([a-z0-9._]+): "/.exec(warning)?.[1])).to.deep.equal([
      'totem.knet_mtu',
      'totem.rrp_mode',
      'totem.threads',
      'totem.nodeid',
      'totem.interface.ringnumber',
      'nozzle.name',
    ]);
    expect(config.entries).to.deep.include({ path: 'totem.knet_mtu', type: 'u32', value: 1400 });
    expect(config.entries).to.deep.include({ path: 'totem.interface.ringnumber', type: 'str', value: '1' });
  });

  it('a word Corosync takes as the default is taken with a warning', async () => {
    const { config, warnings } = await load(conf({ totem: 'block_unlisted_ips: maybe' }));
    expect(config.totem.blockUnlistedIps).to.equal(true);
    expect(warnings.join()).to.match(
      /block_unlisted_ips: "maybe": is taken as the default, yes; it should be yes or no/,
    );
  });

  it('an unknown key is kept in cmap, with a guess what was meant', async () => {
    const { config, warnings } = await load(conf({ totem: 'tokn: 5000', rest: 'foo {\nbar {\nbaz: 1\n}\n}\n' }));
    expect(warnings).to.deep.equal([
      `${FILE}:4: totem.tokn: "5000": is no directive and is only kept in cmap; did you mean "totem.token"?`,
      `${FILE}:16: foo.bar.baz: "1": is no directive and is only kept in cmap`,
    ]);
    expect(config.totem.tokenMs).to.equal(3000);
    expect(config.entries).to.deep.include({ path: 'totem.tokn', type: 'str', value: '5000' });
    expect(config.entries).to.deep.include({ path: 'foo.bar.baz', type: 'str', value: '1' });
  });

  it('keys of other programs are not remarked on', async () => {
    const quorum = 'device {\nmodel: net\nnet {\nhost: qnetd\nalgorithm: ffsplit\n}\nheuristics {\nmode: on\n}\n}';
    const logging = 'logging_daemon {\nname: corosync-qdevice\nsubsys: X\ndebug: on\n}';
    const { config, warnings } = await load(conf({ quorum, logging }));
    expect(warnings).to.deep.equal([]);
    const entry = (path: string) => config.entries.find((each) => each.path === path)?.value;
    expect(entry('quorum.device.net.host')).to.equal('qnetd');
    expect(entry('logging.logging_daemon.corosync-qdevice.X.debug')).to.equal('on');
    expect(entry('logging.logging_daemon.corosync-qdevice.X.subsys')).to.equal('X');
    expect(entry('logging.logging_daemon.corosync-qdevice.X.name')).to.equal('corosync-qdevice');
  });

  it('the later of two assignments counts, with a warning', async () => {
    const { config, warnings } = await load(conf({ totem: 'token: 5000\ntoken: 6000' }));
    expect(config.totem.tokenMs).to.equal(6000);
    expect(warnings.join()).to.match(/:5: totem\.token: "6000": replaces "5000" of line 4/);
  });

  it('a key is not shown in messages', async () => {
    const { warnings } = await load(conf({ totem: 'key: hunter2\nkey: hunter3' }));
    expect(warnings).to.have.length(3);
    expect(warnings.join()).to.not.contain('hunter');
  });

  it('a key with the names of its sections is refused', async () => {
    expect(await problem(conf({ rest: 'totem.token: 5000\n' }))).to.match(
      /:14: totem\.token: "5000": .*inside its section/,
    );
  });

  it('a file of nothing but unknown keys is read in time', async () => {
    const unknown = Array.from({ length: 20_000 }, (_, i) => `totem.tokenx${i}: 1\n`).join('');
    const { warnings } = await load(conf({ rest: unknown }));
    expect(warnings).to.have.length(20_000);
  }).timeout(5000);

  it('u64 is not squeezed through a double', async () => {
    const { config } = await load(conf({ totem: 'config_version: 18446744073709551615' }));
    expect(config.totem.configVersion).to.equal(18446744073709551615n);
    expect(await problem(conf({ totem: 'config_version: 18446744073709551616' }))).to.contain('18446744073709551615');
  });
});

describe('the system section', () => {
  it('has defaults', async () => {
    const { config } = await load(conf());
    expect(config.system).to.deep.equal({
      runName: 'choraled',
      stateDir: '/var/lib/corosync',
      qbIpcType: 'native',
      ipcQueueBytes: 67108864,
      ipcAllQueuesBytes: 268435456,
      schedRr: true,
      rehearsal: true,
      moveToRootCgroup: 'auto',
    });
  });

  it('keeps instances of one host apart', async () => {
    const { config } = await load(conf({ rest: 'system {\ninstance: n2\n}\n' }));
    expect(config.system).to.include({ instance: 'n2', runName: 'choraled-n2', stateDir: '/var/lib/corosync/n2' });
    const rest = 'system {\ninstance: n2\nstate_dir: state\n}\n';
    expect((await load(conf({ rest }))).config.system.stateDir).to.equal('/work-dir/state');
    expect(await problem(conf({ rest: 'system {\ninstance: ../x\n}\n' }))).to.contain(
      'system.instance: "../x": must be',
    );
  });

  it('keeps the state of instances with their user, who need not be root', async () => {
    const host = { stateHome: '/home/u/.local/state/chorale' };
    const { config } = await load(conf({ rest: 'system {\ninstance: n2\n}\n' }), host);
    expect(config.system.stateDir).to.equal('/home/u/.local/state/chorale/n2');
    expect((await load(conf({}), host)).config.system.stateDir).to.equal('/var/lib/corosync');
    const rest = 'system {\ninstance: n2\nstate_dir: /state\n}\n';
    expect((await load(conf({ rest }), host)).config.system.stateDir).to.equal('/state');
  });

  it('lets the command line name the instance', async () => {
    const { config } = await load(conf({ rest: 'system {\ninstance: n2\n}\n' }), { instance: 'n3' });
    expect(config.system.instance).to.equal('n3');
  });

  it('names the file of the flight recorder, and how long it may be', async () => {
    const recorder = async (lines: string) =>
      (await load(conf({ rest: `system {\nstate_dir: /s\n${lines}\n}\n` }))).config.system.flightRecorder;
    expect(await recorder('flight_recorder: no')).to.equal(undefined);
    expect(await recorder('flight_recorder: yes')).to.deep.equal({ file: '/s/flight-recorder', limitBytes: 67108864 });
    const given = 'flight_recorder: /var/log/ring\nflight_recorder_limit: 2000000';
    expect(await recorder(given)).to.deep.equal({ file: '/var/log/ring', limitBytes: 2_000_000 });
    const short = conf({ rest: 'system {\nflight_recorder_limit: 1000\n}\n' });
    expect(await problem(short)).to.contain('system.flight_recorder_limit');
  });

  it('takes a priority as number or word', async () => {
    const priority = async (value: string) =>
      (await load(conf({ rest: `system {\nsched_rr: no\npriority: ${value}\n}\n` }))).config.system.priority;
    expect(await priority('max')).to.equal('max');
    expect(await priority('-5')).to.equal(-5);
    expect(await problem(conf({ rest: 'system {\npriority: high\n}\n' }))).to.contain('"max", "min" or a nice value');
  });
});

describe('service sections', () => {
  it('must name a service engine', async () => {
    expect(await problem(conf({ rest: 'service {\nver: 0\n}\n' }))).to.contain('name: ./FILE.js');
  });

  it('of Pacemaker are ignored, as Corosync ignores them', async () => {
    const { config, warnings } = await load(conf({ rest: 'service {\nname: pacemaker\nver: 1\n}\n' }));
    expect(config.services).to.deep.equal([]);
    expect(warnings.join()).to.contain('Pacemaker is started by itself');
  });
});

describe('the logging section', () => {
  it('fills subsystems in from the top level', async () => {
    const logging =
      'debug: on\nto_syslog: no\nlogfile: /a\nto_logfile: yes\nsyslog_facility: local1\n' +
      'logger_subsys {\nsubsys: CPG\nsyslog_priority: Err\nlogfile: /b\n}\n' +
      'logger_subsys {\nsubsys: TOTEM\ndebug: trace\nto_syslog: yes\n}';
    const { config } = await load(conf({ logging }));
    expect(config.logging).to.include({ debug: 'on', timestamp: 'hires', toSyslog: false });
    expect(config.logging.subsystems.get('CPG')).to.deep.equal({
      toStderr: true,
      toSyslog: false,
      toLogfile: true,
      logfile: '/b',
      logfilePriority: 'info',
      syslogPriority: 'error',
      syslogFacility: 'local1',
      debug: 'off',
    });
    expect(config.logging.subsystems.get('TOTEM')).to.include({ debug: 'trace', toSyslog: true, logfile: '/a' });
  });

  it('takes old names, and the new ones before them', async () => {
    const { config, warnings } = await load(conf({ logging: 'to_file: yes\nlogfile: /a\nsyslog_level: alert' }));
    expect(config.logging).to.include({ toLogfile: true, syslogPriority: 'alert' });
    expect(warnings.filter((warning) => warning.includes('is an old name'))).to.have.length(2);
    const both = await load(
      conf({ logging: 'to_logfile: no\nto_file: yes\nsyslog_priority: crit\nsyslog_level: alert' }),
    );
    expect(both.config.logging).to.include({ toLogfile: false, syslogPriority: 'crit' });
  });

  it('takes the section of the daemon as its own', async () => {
    const logging =
      'logging_daemon {\nname: corosync\ndebug: on\n}\nlogging_daemon {\nname: corosync\nsubsys: CPG\ndebug: trace\n}';
    const { config } = await load(conf({ logging }));
    expect(config.logging.debug).to.equal('on');
    expect(config.logging.subsystems.get('CPG')?.debug).to.equal('trace');
  });

  it('lets the first of two assignments in a subsystem count, as Corosync does', async () => {
    const { config } = await load(conf({ logging: 'logger_subsys {\nsubsys: CPG\ndebug: on\ndebug: off\n}' }));
    expect(config.logging.subsystems.get('CPG')?.debug).to.equal('on');
  });

  it('remarks on a log file that is not named, and on a subsystem in small letters', async () => {
    const { warnings } = await load(conf({ logging: 'to_logfile: yes\nlogger_subsys {\nsubsys: totem\ndebug: on\n}' }));
    expect(warnings.join('\n')).to.match(/logging\.to_logfile: "yes": has no effect without "logfile: PATH"/);
    expect(warnings.join('\n')).to.contain('is not "TOTEM"');
  });
});
