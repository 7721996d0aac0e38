import { Command, Option } from 'commander';
import { packageVersion } from '../version.js';
import { blackboxFamily } from './blackbox.js';
import { cfgFamily } from './cfg.js';
import { cmapFamily } from './cmap.js';
import { completionFamily } from './completion.js';
import type { DaemonChoice } from './context.js';
import { cpgFamily } from './cpg.js';
import { EXIT_MEANINGS } from './exit-codes.js';
import { keygenFamily } from './keygen.js';
import { nodeFamily } from './node.js';
import { offlineFamily } from './offline.js';
import { seconds } from './options.js';
import { pluginFamily } from './plugin.js';
import { quorumFamily } from './quorum.js';
import type { CommandContext, CommandFamily, Finish, Surroundings } from './surroundings.js';

/** In the order of help. */
const FAMILIES: readonly (readonly [heading: string, families: readonly CommandFamily[]])[] = [
  ['The node:', [nodeFamily, pluginFamily]],
  ['As the tools of Corosync:', [quorumFamily, cmapFamily, cfgFamily, cpgFamily, keygenFamily, blackboxFamily]],
  ['Without a daemon:', [offlineFamily, completionFamily]],
];

/** The command line of `chorale`. Commands reject with what to tell the person. */
export function choraleProgram(here: Surroundings, finish: Finish): Command {
  const program = new Command('chorale')
    .description('Commands a running choraled, and shows what Chorale does.')
    .version(packageVersion(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand('help [command]', 'print the help of a command')
    .enablePositionalOptions()
    .showHelpAfterError('(chorale -h lists the commands)')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => here.out(text.replace(/\n$/, '')),
      writeErr: (text) => here.err(text.replace(/\n$/, '')),
    })
    .addHelpText('after', () => HELP_END);
  let choice: DaemonChoice = {};
  program.hook('preAction', (_program, command) => {
    choice = choiceOf(command);
  });
  for (const option of daemonOptions()) program.addOption(option);
  const context: CommandContext = { here, daemon: () => choice, finish };
  for (const [heading, families] of FAMILIES) {
    program.commandsGroup(heading);
    for (const family of families) family(program, context);
  }
  for (const command of program.commands) takeDaemonOptions(command);
  return program;
}

/** What stands nearest to the command wins. */
function choiceOf(command: Command): DaemonChoice {
  const { instance, socket, timeout } = command.opts<DaemonChoice>();
  return {
    ...(command.parent === null ? {} : choiceOf(command.parent)),
    ...(instance !== undefined && { instance }),
    ...(socket !== undefined && { socket }),
    ...(timeout !== undefined && { timeout }),
  };
}

/** Which daemon is meant. */
function daemonOptions(): Option[] {
  return [
    new Option('-i, --instance <name>', 'the daemon of this name, where several run on one host'),
    new Option('-s, --socket <path>', 'the daemon that listens here'),
    new Option('--timeout <seconds>', 'how long the daemon may take to answer (10 if not given)').argParser(seconds),
  ];
}

/** They may stand behind the command as well, unless it has an option of that name; its help does not repeat them. */
function takeDaemonOptions(command: Command): void {
  for (const option of daemonOptions()) {
    const taken = command.options.some(({ short, long }) => long === option.long || (short && short === option.short));
    if (!taken) command.addOption(option.hideHelp());
  }
  for (const child of command.commands) takeDaemonOptions(child);
}

const HELP_END = [
  '',
  'Exit codes:',
  ...EXIT_MEANINGS.map(([code, meaning]) => `  ${code}  ${meaning}`),
  '',
  'Commands that print something print it for programs with --json. NO_COLOR turns colors off.',
  'An administrator of Corosync finds his tools in docs/commands.md, and in chorale(1).',
].join('\n');
