import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigError } from '../../core/config/errors.js';
import { loadConfig } from '../../core/config/load.js';

const COROSYNC = '/usr/sbin/corosync';
const FIXTURES = new URL('../config/fixtures/', import.meta.url);

/** What a program made of a file: 0, or the exit code it refuses it with. */
interface Verdicts {
  readonly corosync: number;
  readonly chorale: number;
}

interface Case {
  readonly name: string;
  /** Lines for the totem section of a good configuration; `}` first to leave it. */
  readonly lines: string;
  readonly transport?: string;
  readonly nodes?: string;
  /** What is expected of both when they differ on purpose, and why they do. */
  readonly differs?: Verdicts & { readonly why: string };
}

const LOCAL = 'node {\nring0_addr: 127.0.0.1\n}';
const HERE = 'node {\nring0_addr: 127.0.0.1\nnodeid: 1\n}';
const OTHER = 'node {\nring0_addr: 192.0.2.77\nnodeid: 2\n}';

/** Leaves the totem section for another one, which stays open for the closing brace that follows. */
const section = (name: string, lines: string): string => `}\n${name} {\n${lines}\n`;

const NOT_YET = { corosync: 0, chorale: 8 };
const STRICTER = { corosync: 0, chorale: 8 };

const CASES: readonly Case[] = [
  { name: 'the smallest configuration', lines: '' },
  { name: 'udp with a cluster name', transport: 'udp', lines: 'cluster_name: lab' },
  { name: 'udp without name or address', transport: 'udp', lines: '' },
  { name: 'an unknown transport', transport: 'iba', lines: '' },
  { name: 'knet', transport: 'knet', nodes: HERE, lines: '', differs: { ...NOT_YET, why: 'knet comes later' } },

  // Grammar.
  { name: 'a comment behind a value', lines: 'cluster_name: a # b' },
  { name: 'an empty value', lines: 'cluster_name:' },
  { name: 'a long line', lines: `cluster_name: ${'x'.repeat(496)}` },
  { name: 'a line that is too long', lines: `cluster_name: ${'x'.repeat(497)}` },
  { name: 'a long comment', lines: `#${'x'.repeat(510)}` },
  { name: 'text after {', lines: 'interface { x\n}' },
  { name: 'text before }', lines: 'interface {\nx }' },
  { name: 'no name before {', lines: '{\n}' },
  { name: 'a colon as the name of a section', lines: ': {\n}' },
  { name: 'a line that is nothing', lines: 'hello' },
  { name: 'a } too many', lines: '}' },
  { name: 'a } missing', lines: 'interface {' },
  { name: 'an unknown key', lines: 'bindinterface: eth0' },
  { name: 'an unknown section', lines: section('foo', 'bar: 1') },
  { name: 'a key cmap cannot hold', lines: 'foo bar: 1' },
  { name: 'a key at the top', lines: '}\nfoo: 1\nx {' },
  { name: 'a short key at the top', lines: '}\nfo: 1\nx {' },
  { name: 'a key of 248 letters', lines: `${'k'.repeat(248)}: 1` },
  { name: 'a key of 249 letters', lines: `${'k'.repeat(249)}: 1` },
  { name: 'a key without a name', lines: ': 1', differs: { ...STRICTER, why: 'Corosync stores a key "totem."' } },
  {
    name: 'a key with the names of its sections',
    lines: '}\ntotem.token: 5000\nx {',
    differs: { ...STRICTER, why: 'Corosync stores text that it then does not find, and takes the default' },
  },
  { name: 'a section with the name of its section', lines: '}\ntotem.interface {\nmcastport: 5500' },
  { name: 'a NUL byte', lines: 'cluster_name: a\0b' },

  // Numbers.
  { name: 'a number with a sign', lines: 'token: +4000' },
  { name: 'a number with a leading zero', lines: 'token: 04000' },
  { name: 'a hexadecimal number', lines: 'token: 0x1000' },
  { name: 'a number with a unit', lines: 'token: 4000ms' },
  { name: 'a negative number', lines: 'token: -1' },
  { name: 'an empty number', lines: 'token:' },
  { name: 'the largest u32', lines: 'window_size: 4294967295' },
  { name: 'more than the largest u32', lines: 'window_size: 4294967296' },
  { name: 'far more than the largest u32', lines: 'window_size: 99999999999999999999999' },
  { name: 'a config_version of 64 bits', lines: 'config_version: 18446744073709551615' },
  {
    name: 'a config_version that is no number',
    lines: 'config_version: x',
    differs: { corosync: 134, chorale: 8, why: 'Corosync ends with a failed assertion' },
  },
  {
    name: 'a negative config_version',
    lines: 'config_version: -1',
    differs: { ...STRICTER, why: 'Corosync takes it as 2^64 - 1, so that no other node may join' },
  },

  // Timers.
  { name: 'a token of 10 ms', lines: 'token: 10' },
  { name: 'a token of 0, the default', lines: 'token: 0' },
  { name: 'a token too short for its retransmits', lines: 'token: 125' },
  { name: 'a token just long enough', lines: 'token: 126' },
  { name: 'many retransmits', lines: 'token: 1000\ntoken_retransmits_before_loss_const: 40' },
  { name: 'a token_retransmit of 29 ms', lines: 'token_retransmit: 29' },
  { name: 'a hold of 13 ms', lines: 'hold: 13' },
  { name: 'a hold of 14 ms', lines: 'hold: 14' },
  { name: 'a join of 29 ms', lines: 'join: 29' },
  { name: 'a consensus below join', lines: 'consensus: 60\njoin: 61' },
  { name: 'a consensus below token', lines: 'consensus: 60' },
  { name: 'a merge of 29 ms', lines: 'merge: 29' },
  { name: 'a downcheck of 29 ms', lines: 'downcheck: 29' },
  { name: 'a max_network_delay of 29 ms', lines: 'max_network_delay: 29' },
  { name: 'a token_warning of 100 percent', lines: 'token_warning: 100' },
  { name: 'a token_warning of 101 percent', lines: 'token_warning: 101' },
  {
    name: 'a timer of 50 days',
    lines: 'merge: 4294967295',
    differs: { ...STRICTER, why: 'no timer runs longer than 2^31 ms' },
  },
  {
    name: 'a netmtu of 10',
    lines: 'netmtu: 10',
    differs: { ...STRICTER, why: 'no frame fits; Corosync accepts and cannot run' },
  },

  // Words.
  { name: 'another ip_version', lines: 'ip_version: ipv4-6' },
  { name: 'an unknown ip_version', lines: 'ip_version: 4' },
  { name: 'an unknown link_mode', lines: 'link_mode: fast' },
  { name: 'an unknown block_unlisted_ips', lines: 'block_unlisted_ips: maybe' },
  { name: 'a wrong version', lines: 'version: 3' },
  { name: 'crypto none', lines: 'crypto_cipher: none\ncrypto_hash: none\nsecauth: off\ncrypto_model: nss' },
  { name: 'an unknown cipher', lines: 'crypto_cipher: rot13' },
  { name: 'an unknown hash', lines: 'crypto_hash: crc' },
  { name: 'an unknown crypto_model', lines: 'crypto_model: foo' },
  { name: 'encryption on udpu', lines: 'crypto_cipher: aes256\ncrypto_hash: sha256' },
  { name: 'secauth on udpu', lines: 'secauth: on' },
  { name: 'a compression model', lines: 'knet_compression_model: zlib' },
  { name: 'an unknown compression model', lines: 'knet_compression_model: foo' },
  {
    name: 'no compression',
    lines: 'knet_compression_model: none',
    differs: { corosync: 8, chorale: 0, why: 'the manual gives none as the default' },
  },

  // Interfaces.
  { name: 'an interface section', lines: 'interface {\nlinknumber: 0\nmcastport: 5500\n}' },
  { name: 'a mcastport of 0', lines: 'interface {\nmcastport: 0\n}' },
  { name: 'a mcastport of 65536', lines: 'interface {\nmcastport: 65536\n}' },
  { name: 'a bindnetaddr beside a nodelist', lines: 'interface {\nbindnetaddr: 10.0.0.0\n}' },
  { name: 'ttl on udpu', lines: 'interface {\nttl: 2\n}' },
  { name: 'ttl on udp', transport: 'udp', lines: 'cluster_name: a\ninterface {\nttl: 255\n}' },
  { name: 'a ttl of 256', transport: 'udp', lines: 'cluster_name: a\ninterface {\nttl: 256\n}' },
  { name: 'a second link on udpu', lines: 'interface {\nlinknumber: 1\nmcastport: 5500\n}' },
  {
    name: 'a second link on udp',
    transport: 'udp',
    lines: 'cluster_name: a\ninterface {\nlinknumber: 1\nmcastport: 5500\n}',
    differs: { ...STRICTER, why: 'Corosync overlooks it unless it has a bindnetaddr' },
  },
  { name: 'link 8', lines: 'interface {\nlinknumber: 8\nmcastport: 5500\n}' },
  { name: 'a knet priority of 1', lines: 'interface {\nknet_link_priority: 1\n}' },
  { name: 'a knet priority of 2', lines: 'interface {\nknet_link_priority: 2\n}' },
  { name: 'an unknown knet_transport', lines: 'interface {\nknet_transport: tcp\n}' },
  { name: 'a multicast address', transport: 'udp', lines: 'interface {\nmcastaddr: 239.1.2.3\n}' },
  { name: 'a multicast address that is none', transport: 'udp', lines: 'interface {\nmcastaddr: 10.1.2.3\n}' },
  { name: 'an IPv6 multicast address with IPv4', transport: 'udp', lines: 'interface {\nmcastaddr: ff15::1\n}' },
  { name: 'a multicast address that is no address', lines: 'interface {\nmcastaddr: 239.1.2.300\n}' },
  { name: 'broadcast', transport: 'udp', lines: 'interface {\nbroadcast: yes\n}' },
  { name: 'a ringnumber', lines: 'interface {\nringnumber: 0\n}' },
  { name: 'a member', lines: 'interface {\nmember {\nmemberaddr: 10.0.0.1\n}\n}' },
  { name: 'another key in member', lines: 'interface {\nmember {\naddr: 10.0.0.1\n}\n}' },
  {
    name: 'broadcast with IPv6',
    transport: 'udp',
    nodes: 'node {\nring0_addr: ::1\nnodeid: 1\n}',
    lines: 'ip_version: ipv6\ninterface {\nbroadcast: yes\n}',
    differs: { ...STRICTER, why: 'IPv6 has no broadcast; Corosync accepts and cannot run' },
  },
  {
    name: 'a multicast address of IPv6 that is none',
    transport: 'udp',
    nodes: 'node {\nring0_addr: ::1\nnodeid: 1\n}',
    lines: 'ip_version: ipv6\ninterface {\nmcastaddr: fd00::1\n}',
    differs: { ...STRICTER, why: 'Corosync does not check those of IPv6' },
  },

  // Nodes.
  { name: 'two nodes', nodes: `${HERE}\n${OTHER}`, lines: '' },
  { name: 'no node', nodes: '', lines: '' },
  { name: 'no local node', nodes: OTHER, lines: '' },
  { name: 'a node id twice', nodes: `${HERE}\n${HERE.replace('127.0.0.1', '192.0.2.77')}`, lines: '' },
  { name: 'a derived node id', nodes: LOCAL, lines: '' },
  { name: 'IPv6 without a node id', nodes: LOCAL.replace('127.0.0.1', '::1'), lines: '' },
  { name: 'IPv6 with a node id', nodes: HERE.replace('127.0.0.1', '::1'), lines: '' },
  { name: 'IPv6 on udp, which asks for IPv4', transport: 'udp', nodes: HERE.replace('127.0.0.1', '::1'), lines: '' },
  { name: 'both families', nodes: `${HERE}\n${OTHER.replace('192.0.2.77', '2001:db8::1')}`, lines: '' },
  { name: 'IPv4 where only IPv6 is allowed', lines: 'ip_version: ipv6' },
  {
    name: 'a name that cannot be resolved',
    nodes: `${HERE}\n${OTHER.replace('192.0.2.77', 'no such name')}`,
    lines: '',
  },
  { name: 'a second link', nodes: HERE.replace('nodeid', 'ring1_addr: 127.0.0.2\nnodeid'), lines: '' },
  { name: 'a node id that is no number', nodes: HERE.replace(': 1\n', ': one\n'), lines: '' },
  { name: 'votes', nodes: HERE.replace('nodeid', 'quorum_votes: 3\nnodeid'), lines: '' },
  { name: 'another key of a node', nodes: HERE.replace('nodeid', 'rack: 3\nnodeid'), lines: '' },
  {
    name: 'another node without an address',
    nodes: `${HERE}\nnode {\nnodeid: 2\nname: x\n}`,
    lines: '',
    differs: { ...STRICTER, why: 'the manual requires ring0_addr; Corosync leaves the node out' },
  },
  {
    name: 'an address twice',
    nodes: `${HERE}\n${OTHER.replace('192.0.2.77', '127.0.0.1')}`,
    lines: '',
    differs: { ...STRICTER, why: 'such a ring cannot form' },
  },
  {
    name: 'a second nodelist',
    nodes: HERE,
    lines: section('nodelist', `${HERE}\n${OTHER}`),
    differs: { ...STRICTER, why: 'Corosync lays one over the other, position by position' },
  },

  // Quorum: Corosync finds what is wrong when votequorum starts, which -t does not reach.
  { name: 'votequorum', lines: section('quorum', 'provider: corosync_votequorum\ntwo_node: 1') },
  { name: 'a flag of 2', lines: section('quorum', 'two_node: 2') },
  { name: 'a flag of 256', lines: section('quorum', 'two_node: 256') },
  { name: 'a flag that is a word', lines: section('quorum', 'two_node: yes') },
  { name: 'a device', lines: section('quorum', 'device {\nmodel: net\nnet {\nhost: q\n}\n}') },
  { name: 'a device timeout that is no number', lines: section('quorum', 'device {\ntimeout: soon\n}') },
  {
    name: 'an unknown provider',
    lines: section('quorum', 'provider: majority'),
    differs: { corosync: 0, chorale: 20, why: 'found at once' },
  },
  {
    name: 'two_node with a device',
    lines: section('quorum', 'provider: corosync_votequorum\ntwo_node: 1\ndevice {\nmodel: net\n}'),
    differs: { corosync: 0, chorale: 20, why: 'found at once' },
  },

  // Logging.
  { name: 'every target', lines: section('logging', 'to_stderr: on\nto_syslog: off\nto_logfile: no\nto_file: no') },
  { name: 'an unknown switch', lines: section('logging', 'to_stderr: 1') },
  { name: 'a priority in capitals', lines: section('logging', 'logfile_priority: WARNING\nsyslog_priority: Err') },
  { name: 'an unknown priority', lines: section('logging', 'syslog_priority: panic') },
  { name: 'an unknown old priority', lines: section('logging', 'syslog_level: panic') },
  { name: 'a facility', lines: section('logging', 'syslog_facility: local7') },
  { name: 'a facility in capitals', lines: section('logging', 'syslog_facility: LOCAL7') },
  { name: 'debug trace', lines: section('logging', 'debug: trace') },
  { name: 'debug yes', lines: section('logging', 'debug: yes') },
  { name: 'a timestamp', lines: section('logging', 'timestamp: hires') },
  { name: 'an unknown timestamp', lines: section('logging', 'timestamp: yes') },
  { name: 'fileline and function_name', lines: section('logging', 'fileline: on\nfunction_name: on') },
  { name: 'an unknown fileline', lines: section('logging', 'fileline: yes') },
  { name: 'an unknown function_name', lines: section('logging', 'function_name: yes') },
  { name: 'an unknown blackbox', lines: section('logging', 'blackbox: yes') },
  { name: 'a subsystem', lines: section('logging', 'logger_subsys {\nsubsys: TOTEM\ndebug: on\n}') },
  { name: 'a subsystem without a name', lines: section('logging', 'logger_subsys {\ndebug: on\n}') },
  { name: 'an error in a subsystem', lines: section('logging', 'logger_subsys {\nsubsys: CPG\ndebug: yes\n}') },
  { name: 'a subsystem with a blank', lines: section('logging', 'logger_subsys {\nsubsys: A B\n}') },
  { name: 'a logging_daemon', lines: section('logging', 'logging_daemon {\nname: corosync\ndebug: on\n}') },
  { name: 'an error in a logging_daemon', lines: section('logging', 'logging_daemon {\nname: corosync\ndebug: x\n}') },
  { name: 'a logging_daemon without a name', lines: section('logging', 'logging_daemon {\ndebug: on\n}') },
  { name: "another program's logging_daemon", lines: section('logging', 'logging_daemon {\nname: x\ndebug: y\n}') },

  // System and the rest.
  {
    name: 'a system section',
    lines: section('system', 'qb_ipc_type: socket\nsched_rr: no\nmove_to_root_cgroup: auto'),
  },
  { name: 'an unknown qb_ipc_type', lines: section('system', 'qb_ipc_type: pipe') },
  { name: 'an unknown sched_rr', lines: section('system', 'sched_rr: on') },
  { name: 'an unknown move_to_root_cgroup', lines: section('system', 'move_to_root_cgroup: maybe') },
  { name: 'an unknown allow_knet_handle_fallback', lines: section('system', 'allow_knet_handle_fallback: 1') },
  {
    name: 'a priority that is no number',
    lines: section('system', 'priority: high'),
    differs: { ...STRICTER, why: 'Corosync finds it later, with the same exit code' },
  },
  { name: 'uid and gid', lines: section('uidgid', 'uid: root\ngid: 0') },
  { name: 'an unknown user', lines: section('uidgid', 'uid: no-such-user') },
  { name: 'an unknown group', lines: section('uidgid', 'gid: no-such-group') },
  { name: 'another key in uidgid', lines: section('uidgid', 'user: root') },
  { name: 'a watchdog that is off', lines: section('resources', 'watchdog_device: off\nwatchdog_timeout: 6') },
  { name: 'a watchdog', lines: section('resources', 'watchdog_device: /dev/watchdog') },
  { name: 'a watchdog_timeout that is no number', lines: section('resources', 'watchdog_timeout: soon') },
  {
    name: 'a watched resource',
    lines: section('resources', 'system {\nmemory_used {\npoll_period: 100\nmax: 5\n}\n}'),
  },
  {
    name: 'a recovery of a resource',
    lines: section('resources', 'system {\nmemory_used {\nrecovery: reboot\n}\n}'),
  },
  { name: 'pload settings', lines: section('pload', 'count: 1000\nsize: 100') },
  {
    name: 'a pload count that is no number',
    lines: section('pload', 'count: many'),
    differs: { ...STRICTER, why: 'Corosync takes it for a text, and loads nothing' },
  },
  { name: 'a nozzle', lines: section('nozzle', 'name: noz01\nipaddr: 192.168.1.0\nipprefix: 24') },
];

function textOf({ lines, transport = 'udpu', nodes = LOCAL }: Case): string {
  const list = nodes === '' ? '' : `nodelist {\n${nodes}\n}\n`;
  return `logging {\nto_syslog: no\n}\n${list}totem {\nversion: 2\ntransport: ${transport}\n${lines}\n}\n`;
}

function corosyncSays(file: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(COROSYNC, ['-t', '-c', file], (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 134;
      resolve({ code, output: stdout + stderr });
    });
  });
}

async function choraleSays(file: string): Promise<{ code: number; output: string }> {
  try {
    return { code: 0, output: (await loadConfig(file)).warnings.join('\n') };
  } catch (error) {
    if (error instanceof ConfigError) return { code: error.exitCode, output: error.message };
    throw error;
  }
}

describe('a configuration, read by Corosync and by Chorale', () => {
  let directory: string | undefined;

  before(async function () {
    if (!existsSync(COROSYNC)) {
      if (process.env['CI'] === 'true') throw new Error(`${COROSYNC} is missing; install the package corosync`);
      this.skip();
    }
    directory = await mkdtemp(join(tmpdir(), 'chorale-config-'));
  });

  after(async () => {
    // Corosync makes the log file of a configuration it only checks.
    await rm('/tmp/chorale-fixture-cluster.log', { force: true });
    if (directory !== undefined) await rm(directory, { recursive: true });
  });

  async function compare(text: string, expected?: Verdicts): Promise<void> {
    const file = join(directory!, 'corosync.conf');
    await writeFile(file, text);
    const [corosync, chorale] = await Promise.all([corosyncSays(file), choraleSays(file)]);
    const details = `Corosync: ${corosync.output}\nChorale: ${chorale.output}`;
    if (expected === undefined) expect(chorale.code, details).to.equal(corosync.code);
    else expect({ corosync: corosync.code, chorale: chorale.code }, details).to.deep.equal(expected);
  }

  for (const each of CASES) {
    const { differs } = each;
    if (differs === undefined) it(`agrees about ${each.name}`, () => compare(textOf(each)));
    else {
      const expected = { corosync: differs.corosync, chorale: differs.chorale };
      it(`differs about ${each.name}: ${differs.why}`, () => compare(textOf(each), expected));
    }
  }

  it('agrees about the files people have', async () => {
    for (const name of await readdir(FIXTURES)) {
      const file = join(directory!, name);
      await copyFile(new URL(name, FIXTURES), file);
      const [corosync, chorale] = await Promise.all([corosyncSays(file), choraleSays(file)]);
      const expected = name === 'debian-default.conf' ? 8 : corosync.code;
      expect(chorale.code, `${name}: ${corosync.output}${chorale.output}`).to.equal(expected);
      expect(corosync.code, `${name}: ${corosync.output}`).to.equal(0);
    }
  });

  it('agrees about a file that is not there', async () => {
    const file = join(directory!, 'missing.conf');
    const [corosync, chorale] = await Promise.all([corosyncSays(file), choraleSays(file)]);
    expect([corosync.code, chorale.code]).to.deep.equal([8, 8]);
  });
});
