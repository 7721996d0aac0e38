import { Command, InvalidArgumentError, Option } from 'commander';
import { packageVersion } from '../version.js';
import type { DemoOptions } from '../demo/options.js';
import { withControl } from './context.js';
import type { DaemonChoice, Output } from './context.js';
import { groups, linesOf, listen, send } from './cpg.js';
import { makeCodecs } from './proto.js';
import { replay } from './replay.js';
import type { ReplayOptions } from './replay.js';
import { pluginTable, statusText } from './status.js';
import type { Style } from './style.js';

/** What the commands need of their surroundings. */
export interface Surroundings extends Output {
  readonly style: Style;
  readonly stdin: NodeJS.ReadStream;
  /** Aborted by Ctrl-C, for commands that run until then. */
  untilInterrupted(): AbortSignal;
  /** Runs the demonstration; resolves to whether it came out right. */
  demo(options: DemoOptions): Promise<boolean>;
}

/** Told how a command ended if it was not well. */
export type Finish = (exitCode: number) => void;

/** The command line of `chorale`. Commands reject with what to tell the person. */
export function choraleProgram(here: Surroundings, finish: Finish): Command {
  const program = new Command('chorale')
    .description('Commands a running choraled, and shows what Chorale does.')
    .version(packageVersion(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand('help [command]', 'print the help of a command')
    .option('-i, --instance <name>', 'the daemon of this name, where several run on one host')
    .option('-s, --socket <path>', 'the daemon that listens here')
    .showHelpAfterError('(chorale -h lists the commands)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => here.out(text.replace(/\n$/, '')),
      writeErr: (text) => here.err(text.replace(/\n$/, '')),
    })
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 refused or failed, 2 wrong use, 3 no daemon answers. NO_COLOR turns colors off.',
    );
  const daemon = (): DaemonChoice => program.opts<DaemonChoice>();
  addDaemonCommands(program, daemon, here);
  addPluginCommands(program, daemon, here);
  addCpgCommands(program, daemon, here);
  addDemo(program, here, finish);
  program
    .command('replay')
    .description('repeat what a node did, from what its flight recorder wrote')
    .argument('<file>', 'the recording: system.flight_recorder of its configuration')
    .option('--until <time>', 'stop there: seconds after the beginning, or a date with a time')
    .option('--verify', 'compare with what the recorded node sent, answered and stored')
    .option('--plugins', 'import the service engines that the recording names, and run them')
    .option('--json', 'as JSON, one event a line')
    .action((file: string, options: ReplayOptions) => replay(file, options, here));
  program
    .command('proto')
    .description('make the TypeScript codecs of .proto files, beside them')
    .argument('<file...>', 'messages.proto, for example')
    .action((files: string[]) => makeCodecs(files, here));
  return program;
}

function addDaemonCommands(program: Command, daemon: () => DaemonChoice, here: Surroundings): void {
  program
    .command('status')
    .description("the node's ring, members, state and rates")
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: true }) => {
      const status = await withControl(daemon(), (control) => control.status());
      here.out(json ? JSON.stringify(status) : statusText(status, here.style));
    });
  program
    .command('dump')
    .description('everything the node knows of itself, as JSON')
    .action(async () => {
      here.out(JSON.stringify(await withControl(daemon(), (control) => control.dump()), undefined, 2));
    });
  program
    .command('reload')
    .description('read the configuration again and apply it')
    .action(async () => here.out(await withControl(daemon(), (control) => control.reload())));
  program
    .command('leave')
    .description('leave the ring politely and end the daemon')
    .action(async () => here.out(await withControl(daemon(), (control) => control.leave())));
}

function addPluginCommands(program: Command, daemon: () => DaemonChoice, here: Surroundings): void {
  const plugin = program.command('plugin').description('the services of the running node');
  plugin
    .command('list')
    .description('all services with their state')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: true }) => {
      const { services } = await withControl(daemon(), (control) => control.status());
      here.out(json ? JSON.stringify(services) : pluginTable(services, here.style).join('\n'));
    });
  plugin
    .command('load')
    .description('load a plugin into the running node')
    .argument('<plugin>', 'its file, or the name of its package, as in "service { name: ... }"')
    .action(async (name: string) => here.out(await withControl(daemon(), (control) => control.load(name))));
  plugin
    .command('unload')
    .description('take a service out of the running node')
    .argument('<service>', 'its name')
    .action(async (name: string) => here.out(await withControl(daemon(), (control) => control.unload(name))));
  plugin
    .command('restart')
    .description('make the engine of a service anew')
    .argument('<service>', 'its name')
    .option('--fresh', 'read its file again first')
    .action(async (name: string, { fresh }: { fresh?: true }) => {
      here.out(await withControl(daemon(), (control) => control.restart(name, fresh === true)));
    });
}

function addCpgCommands(program: Command, daemon: () => DaemonChoice, here: Surroundings): void {
  const cpg = program.command('cpg').description('closed process groups: send and hear messages');
  cpg
    .command('send')
    .description('multicast to a group; ends when this node has delivered all of it')
    .argument('<group>')
    .argument('[text...]', 'a message each; none: the lines of standard input')
    .option('--safe', 'deliver only what every node has')
    .action(async (group: string, texts: string[], { safe }: { safe?: true }) => {
      const messages = texts.length > 0 ? texts : await linesOf(here.stdin);
      await send(daemon(), group, messages, { safe: safe === true });
    });
  cpg
    .command('listen')
    .description('print the messages and changes of a group, until Ctrl-C')
    .argument('<group>')
    .option('--json', 'as JSON, one event a line')
    .addOption(new Option('-n, --count <messages>', 'end after so many messages').argParser(positive))
    .action(async (group: string, { json, count }: { json?: true; count?: number }) => {
      const options = { json: json === true, stop: here.untilInterrupted(), ...(count === undefined ? {} : { count }) };
      await listen(daemon(), group, options, here);
    });
  cpg
    .command('groups')
    .description('all groups of the cluster with their members')
    .option('--json', 'as JSON')
    .action(({ json }: { json?: true }) => groups(daemon(), json === true, here));
}

function addDemo(program: Command, here: Surroundings, finish: Finish): void {
  program
    .command('demo')
    .description('a cluster of three nodes on this machine: see it agree, kill a node, start it again')
    .option('--plain', 'plain lines and a bounded run, as without a terminal')
    .addOption(new Option('--seconds <n>', 'how long the plain run sends').argParser(positive).default(15))
    .addOption(new Option('--rate <n>', 'messages per second and node').argParser(positive).default(100))
    .action(async (options: { plain?: true; seconds: number; rate: number }) => {
      const good = await here.demo({ plain: options.plain === true, seconds: options.seconds, rate: options.rate });
      if (!good) finish(1);
    });
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('It has to be a whole number above 0.');
  return number;
}
