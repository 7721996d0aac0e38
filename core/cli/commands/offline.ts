import { Option } from 'commander';
import { CommandExit } from './exit-codes.js';
import { positive } from './options.js';
import { makeCodecs } from './proto.js';
import { replay } from './replay.js';
import type { ReplayOptions } from './replay.js';
import type { CommandFamily } from './surroundings.js';

/** Commands that need no daemon: the demonstration, the replay of a recording, codecs. */
export const offlineFamily: CommandFamily = (program, { here, finish }) => {
  program
    .command('demo')
    .summary('a cluster of three nodes on this machine')
    .description(
      'Starts a cluster of three nodes on this machine: see it agree, kill a node, start it again. It needs neither root nor ' +
        'a configuration, and removes everything it made when it ends.',
    )
    .option('--plain', 'plain lines and a bounded run, as without a terminal')
    .addOption(new Option('--seconds <n>', 'how long the plain run sends').argParser(positive).default(15))
    .addOption(new Option('--rate <n>', 'messages per second and node').argParser(positive).default(100))
    .action(async (options: { plain?: true; seconds: number; rate: number }) => {
      const good = await here.demo({ plain: options.plain === true, seconds: options.seconds, rate: options.rate });
      if (!good) finish(CommandExit.FAILED);
    });
  program
    .command('replay')
    .summary('repeat what a node did, from its flight recorder')
    .description(
      'Repeats what a node did, in this process, from what its flight recorder wrote: prints its log, its membership changes ' +
        'and its state at the end.',
    )
    .argument('<file>', 'the recording: system.flight_recorder of its configuration')
    .option('--until <time>', 'stop there: seconds after the beginning, or a date with a time')
    .option('--verify', 'compare with what the recorded node sent, answered and stored')
    .option('--plugins', 'import the service engines that the recording names, and run them')
    .option('--json', 'one JSON object an event')
    .action((file: string, options: ReplayOptions) => replay(file, options, here));
  program
    .command('proto')
    .summary('make TypeScript codecs of .proto files')
    .description('Makes the TypeScript codecs of .proto files, beside them: what a plugin needs for its messages.')
    .argument('<file...>', 'messages.proto, for example')
    .action((files: string[]) => makeCodecs(files, here));
};
