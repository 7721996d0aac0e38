import { Command, CommanderError, Option } from 'commander';

/** Where Corosync's configuration is. */
export const DEFAULT_CONFIG_FILE = '/etc/corosync/corosync.conf';

/** What `choraled` was called for. */
export type DaemonCall =
  | { readonly kind: 'run'; readonly options: RunOptions }
  | { readonly kind: 'check'; readonly config: string; readonly instance?: string }
  | { readonly kind: 'version' }
  /** Help was asked for, or the command line is wrong: `text` is what to print, `exitCode` how to end. */
  | { readonly kind: 'text'; readonly text: string; readonly exitCode: 0 | 1 };

export interface RunOptions {
  readonly config: string;
  /** Names one of several nodes of this host; wins over `system.instance`. */
  readonly instance?: string;
  readonly foreground: boolean;
  /** Leave the ring when standard input ends. */
  readonly withStdin: boolean;
  /** This is the process in the background that another choraled waits for. */
  readonly background: boolean;
}

/** The flag by which the process in the background knows what it is. */
export const BACKGROUND_FLAG = '--in-background';

interface Flags {
  foreground?: true;
  config: string;
  checkConfig?: true;
  version?: true;
  instance?: string;
  withStdin?: true;
  inBackground?: true;
}

/** Reads the arguments behind the program's name. */
export function readDaemonArguments(args: readonly string[]): DaemonCall {
  let text = '';
  const program = daemonProgram().configureOutput({
    writeOut: (out) => (text += out),
    writeErr: (err) => (text += err),
  });
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: 'text', text, exitCode: error.exitCode === 0 ? 0 : 1 };
  }
  const flags = program.opts<Flags>();
  const instance = flags.instance === undefined ? {} : { instance: flags.instance };
  if (flags.version) return { kind: 'version' };
  if (flags.checkConfig) return { kind: 'check', config: flags.config, ...instance };
  return {
    kind: 'run',
    options: {
      config: flags.config,
      ...instance,
      foreground: flags.foreground === true,
      withStdin: flags.withStdin === true,
      background: flags.inBackground === true,
    },
  };
}

/** The command line of `choraled`. */
export function daemonProgram(): Command {
  return new Command('choraled')
    .description('Runs a node of a cluster, as its corosync.conf says. Without -f it goes to the background.')
    .option('-f, --foreground', 'stay in the foreground')
    .option('-c, --config <file>', 'configuration file', DEFAULT_CONFIG_FILE)
    .option('-t, --check-config', 'check the configuration, print everything that is wrong with it, and exit')
    .option('-i, --instance <name>', 'run as this node of the nodelist, where several nodes share a host')
    .option('-v, --version', 'print version and features, and exit')
    .option('--with-stdin', 'leave the ring when standard input ends (with -f; for tests and supervisors)')
    .addOption(new Option(BACKGROUND_FLAG).hideHelp())
    .helpOption('-h, --help', 'print this, and exit')
    .allowExcessArguments(false)
    .showHelpAfterError('(choraled -h lists the options)')
    .exitOverride()
    .addHelpText(
      'after',
      [
        '',
        'Signals: SIGTERM, SIGINT, SIGQUIT  leave the ring politely and end',
        '         SIGHUP                    read the configuration again and reopen the log files',
        '         SIGUSR2                   write the state to the log',
        '',
        'Exit codes are those of corosync: 0 normal end, 8 configuration, 16 state directory, 17 pid file,',
        '18 already running, 20 service engine, ...; docs/running.md has them all.',
      ].join('\n'),
    );
}
