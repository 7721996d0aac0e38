import { showGroups } from './cpg/groups.js';
import type { GroupsOptions } from './cpg/groups.js';
import { linesOf, listen, send } from './cpg/messages.js';
import { countOption, show, withJson } from './options.js';
import type { CountOption, JsonOption } from './options.js';
import type { CommandFamily } from './surroundings.js';

/** Commands about closed process groups: what corosync-cpgtool does, and more. */
export const cpgFamily: CommandFamily = (program, { here, daemon }) => {
  const cpg = program
    .command('cpg')
    .summary('closed process groups: show, hear, send')
    .description('Shows the closed process groups of the cluster, as corosync-cpgtool does, hears one, sends to one.');
  withJson(
    cpg
      .command('groups')
      .summary('all groups of the cluster with their members')
      .description('Shows the groups of the cluster with the process id and the node of each member.')
      .argument('[group...]', 'only these')
      .option('--names', 'names alone, a line each')
      .option('-d, --delimiter <text>', 'a line "GROUP PID NODEID" a member, with this between them and no head')
      .option('-e, --raw', 'names as they are; usually unprintable characters are shown as \\xNN'),
  ).action((wanted: string[], options: GroupsOptions) => showGroups(daemon(), wanted, options, here));
  withJson(cpg.command('listen'), 'one JSON object an event')
    .summary('print the messages and changes of a group')
    .description('Joins a group and prints its messages, who comes and who goes, until Ctrl-C.')
    .argument('<group>', 'its name, up to 128 bytes')
    .addOption(countOption('end after so many messages'))
    .action(async (group: string, { json, count }: JsonOption & CountOption) => {
      const options = { json: json === true, stop: here.untilInterrupted(), ...(count === undefined ? {} : { count }) };
      await listen(daemon(), group, options, here);
    });
  withJson(
    cpg
      .command('send')
      .summary('multicast to a group')
      .description('Joins a group, multicasts to it, and ends when this node has delivered all of it.')
      .argument('<group>', 'its name, up to 128 bytes')
      .argument('[text...]', 'a message each; none: the lines of standard input')
      .option('--safe', 'deliver only what every node has'),
  ).action(async (group: string, texts: string[], { safe, json }: JsonOption & { safe?: true }) => {
    const messages = texts.length > 0 ? texts : await linesOf(here.stdin);
    await send(daemon(), group, messages, { safe: safe === true });
    if (json) show(here, { json }, { done: true, group, messages: messages.length }, () => '');
  });
};
