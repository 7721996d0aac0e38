import { Option } from 'commander';
import { plainJson } from '../daemon/state-dump.js';
import { withControl } from './context.js';
import { CommandExit } from './exit-codes.js';
import { countOption, done, seconds, show, withJson } from './options.js';
import type { CountOption, JsonOption } from './options.js';
import { statusData, statusText } from './status/status-text.js';
import type { StatusOptions } from './status/status-text.js';
import { warningsOf } from './status/warnings.js';
import type { CommandFamily } from './surroundings.js';
import { top } from './top/top.js';

interface StatusFlags extends JsonOption, StatusOptions {
  readonly check?: true;
}

/** Commands about the node as a whole. */
export const nodeFamily: CommandFamily = (program, { here, daemon, finish }) => {
  withJson(
    program
      .command('status')
      .summary('the whole picture on one screen')
      .description(
        'Shows the node, its ring and members with their votes, quorum, links, rates and totals, services, clients and groups, ' +
          'and what is worth attention (lines with an exclamation mark).',
      )
      .option('-a, --all', 'all clients and groups, however many')
      .option('--check', 'end with 4 if anything is worth attention; for monitoring'),
  ).action(async ({ json, all, check }: StatusFlags) => {
    const overview = await withControl(daemon(), (control) => control.overview());
    show(here, { ...(json && { json }) }, statusData(overview), () =>
      statusText(overview, here.style, { ...(all && { all }) }),
    );
    if (check && warningsOf(overview).length > 0) finish(CommandExit.NOT_WELL);
  });
  withJson(
    program
      .command('top')
      .summary('the picture, live')
      .description(
        'Shows status with rates of groups and clients, again and again. Keys: q quits, p pauses, s sorts, + and - change the ' +
          'interval, h helps. Without a terminal it prints a line each time.',
      )
      .addOption(new Option('-d, --delay <seconds>', 'between two pictures').argParser(seconds).default(1))
      .addOption(countOption('end after so many pictures')),
    'one JSON object a picture, as "status --json" with "perSecond" besides',
  ).action((options: JsonOption & CountOption & { delay: number }) => top(daemon(), options, here));
  program
    .command('dump')
    .summary('everything the node knows of itself, as JSON')
    .description('Prints all counters and the state of every service as JSON over several lines. Its shape may change.')
    .option('--json', 'on one line')
    .action(async ({ json }: JsonOption) => {
      here.out(plainJson(await withControl(daemon(), (control) => control.dump()), json ? undefined : 2));
    });
  withJson(
    program
      .command('reload')
      .summary('this node reads its configuration again')
      .description(
        'Reads the configuration file of this node again and applies what can change while it runs. A file with errors changes ' +
          'nothing. "chorale cfg reload" does this on every node.',
      ),
  ).action(async (json: JsonOption) => done(here, json, await withControl(daemon(), (control) => control.reload())));
  withJson(
    program
      .command('leave')
      .summary('leave the ring politely and end the daemon')
      .description(
        'Tells the other nodes that this one leaves, so that they go on at once, and ends the daemon. "chorale cfg shutdown" ' +
          'asks those who follow cfg first.',
      ),
  ).action(async (json: JsonOption) => done(here, json, await withControl(daemon(), (control) => control.leave())));
};
