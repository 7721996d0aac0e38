import { commandTree } from '../completion/tree.js';
import { DaemonExit } from '../daemon/exit-codes.js';
import { daemonProgram } from '../daemon/options.js';
import { KILLED } from '../../services/cfg/engine.js';
import { ManualPage } from './roff.js';

const SIGNALS: readonly (readonly [names: string, text: string])[] = [
  [
    'SIGTERM, SIGINT, SIGQUIT',
    'Leave politely: services stop, the other nodes are told and go on at once. Ends with 0.',
  ],
  ['SIGHUP', 'Read the configuration again, apply what can change while the node runs, and open the log files anew.'],
  ['SIGUSR2', 'Write the state of the node to the log.'],
];

/** What each exit code means; the type makes sure that none is missing. */
const MEANINGS: Readonly<Record<keyof typeof DaemonExit, string>> = {
  OK: 'Normal end: a signal, `chorale leave`, or a shutdown by cfg.',
  USAGE: 'Wrong use of the command line, the UDP port cannot be had, or the native addon does not load.',
  TRANSPORT: 'Wrong use of the command line, the UDP port cannot be had, or the native addon does not load.',
  FORK: 'The process in the background could not be started, or ended without a word.',
  FATAL: 'A bug; the log has a trace.',
  STATE_DIRECTORY: 'The state directory is missing or cannot be used.',
  PID_FILE: 'The pid file cannot be made or locked.',
  ALREADY_RUNNING: 'A daemon of this name is already running.',
  STANDARD_STREAMS: 'The standard streams cannot be turned to /dev/null.',
  SERVICE_ENGINE: 'A service engine cannot start, or the quorum configuration is wrong.',
  RING_ID: 'The ring id cannot be kept in the state directory.',
};

/** Codes that have no name among those. */
const OTHERS: readonly (readonly [code: number, text: string])[] = [
  [7, 'Logging: a directive is wrong, or a log file cannot be written.'],
  [8, 'Configuration: the file cannot be read, or anything in it is wrong.'],
  [KILLED, 'Another node has ended this one: `chorale cfg kill`, or corosync-cfgtool(8) with -k.'],
];

const FILES: readonly (readonly [name: string, text: string])[] = [
  ['/etc/corosync/corosync.conf', 'The configuration, see choraled.conf(5).'],
  ['/run/chorale/choraled.sock', 'Where chorale(1) and programs connect. With `-i NAME` it is choraled-NAME.sock.'],
  ['/run/chorale/choraled.pid', 'The process id; locked as long as the daemon lives.'],
  [
    '/var/lib/corosync',
    'The state directory and the working directory: ring id, flight recorder, last log lines of a failure.',
  ],
];

/** choraled(8). */
export function daemonPage(version: string): ManualPage {
  const tree = commandTree(daemonProgram());
  const page = new ManualPage('choraled', 8, 'run a node of a cluster', version);
  page.heading('Synopsis').synopsis('choraled', ['[options]']);
  page.heading('Description');
  page.paragraph(
    '`choraled` runs a node of a cluster, as its configuration says: it forms a ring with the other nodes, orders messages, ' +
      'decides about quorum and serves programs on this host. It speaks the protocols of Corosync 3.1 on the network, so that ' +
      'it can be in a ring with nodes that run corosync(8).',
  );
  page.paragraph(
    'It goes to the background and returns when the node has started, or prints why it did not. See it at work without a ' +
      'configuration with `chorale demo`.',
  );
  page.heading('Options');
  for (const { flags, description, defaultText } of tree.options) {
    const usual = defaultText === undefined ? '' : ` If not given: ${defaultText}.`;
    page.entry(flags, `${description.charAt(0).toUpperCase()}${description.slice(1)}.${usual}`);
  }
  page.heading('Signals');
  for (const [names, text] of SIGNALS) page.entry(names, text);
  page.heading('Exit status');
  for (const [code, text] of exitTexts()) page.entry(`${code}`, text);
  page.heading('Files');
  for (const [name, text] of FILES) page.entry(name, text);
  page.heading('See also').paragraph('chorale(1), choraled.conf(5)');
  return page;
}

/** Ascending, a code once. */
function exitTexts(): [number, string][] {
  const codes = new Map<number, string>(OTHERS);
  for (const name of Object.keys(DaemonExit) as (keyof typeof DaemonExit)[])
    codes.set(DaemonExit[name], MEANINGS[name]);
  return [...codes].sort(([a], [b]) => a - b);
}
