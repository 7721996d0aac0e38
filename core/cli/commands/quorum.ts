import { Option } from 'commander';
import { CsError, CsErrorCode } from '../../base/errors.js';
import type { VotequorumClient } from '../../votequorum.js';
import { nodeIdOf } from './cluster-nodes.js';
import { CommandError, withService } from './context.js';
import { CommandExit } from './exit-codes.js';
import { countOption, done, show, votes, withJson } from './options.js';
import type { CountOption, JsonOption } from './options.js';
import { NODE_ORDERS, nodeRows, readQuorum, statusLines } from './quorum/picture.js';
import type { PictureOptions } from './quorum/picture.js';
import { removeQdevice } from './quorum/qdevice.js';
import { openVotes } from './quorum/votes.js';
import { watchQuorum } from './quorum/watch.js';
import type { CommandFamily } from './surroundings.js';
import type { Command } from 'commander';

/** Commands about quorum and votes: what corosync-quorumtool does. */
export const quorumFamily: CommandFamily = (program, { here, daemon, finish }) => {
  const quorum = program
    .command('quorum')
    .summary('quorum, votes and members')
    .description('Shows and changes quorum and votes, as corosync-quorumtool does.');
  withPicture(
    quorum
      .command('status')
      .summary('may this node serve, and with whom?')
      .description('Shows quorum, votes and members. Ends with 0 if the node is quorate, with 4 if it is not.'),
  ).action(async (options: PictureOptions & JsonOption) => {
    const picture = await readQuorum(daemon());
    show(here, options, picture, () => statusLines(picture, options, here.style).join('\n'));
    if (!picture.quorate) finish(CommandExit.NOT_WELL);
  });
  withPicture(quorum.command('nodes').description('the members, a row each')).action(
    async (options: PictureOptions & JsonOption) => {
      const picture = await readQuorum(daemon());
      show(here, options, picture.nodes, () => nodeRows(picture, options, here.style).join('\n'));
    },
  );
  withJson(
    quorum
      .command('expected')
      .summary('set the votes the whole cluster should have')
      .description(
        'Sets expected votes on every node, until they start again. Refused if it is fewer than there are, or if this part of ' +
          'the cluster would not be quorate any more.',
      )
      .argument('<votes>', 'more than half of them are needed then', votes),
  ).action(async (number: number, json: JsonOption) => {
    await withService(daemon(), openVotes, (client) => expectVotes(client, number));
    done(here, json, `${number} votes are expected`, { expectedVotes: number });
  });
  withJson(
    quorum
      .command('votes')
      .summary('set the votes of a node')
      .description('Sets the votes of a node, until it starts again.')
      .argument('<node>', 'its id or its name')
      .argument('<votes>', 'its votes from now on', votes),
  ).action(async (node: string, number: number, json: JsonOption) => {
    const nodeId = await nodeIdOf(daemon(), node);
    await withService(daemon(), openVotes, (client) => client.setVotes(nodeId, number));
    done(here, json, `node ${nodeId} has ${number} ${number === 1 ? 'vote' : 'votes'}`, { nodeId, votes: number });
  });
  withPicture(
    quorum
      .command('watch')
      .summary('quorum now, and at each change')
      .description('Prints quorum now and after each change of quorum or membership, until Ctrl-C.'),
    'one JSON object a change, each as "quorum status --json"',
  )
    .addOption(countOption('end after so many, the first included'))
    .action((options: PictureOptions & JsonOption & CountOption) =>
      watchQuorum(daemon(), options, here, here.untilInterrupted()),
    );
  withJson(
    quorum
      .command('remove-qdevice')
      .summary('unregister the quorum device of this node by force')
      .description(
        'Unregisters the quorum device of this node, whatever it is doing. Dangerous: the device may still believe that it votes.',
      )
      .requiredOption('--force', 'yes, I know that the device is gone'),
  ).action(async ({ json }: JsonOption) => {
    const name = await removeQdevice(daemon());
    done(here, { ...(json && { json }) }, `the quorum device ${name} is unregistered`, { name });
  });
};

async function expectVotes(client: VotequorumClient, number: number): Promise<void> {
  try {
    await client.setExpectedVotes(number);
  } catch (error) {
    if (!(error instanceof CsError) || error.code !== CsErrorCode.ERR_INVALID_PARAM) throw error;
    const { totalVotes, expectedVotes } = await client.info();
    const text =
      `${number} votes cannot be expected: there are ${totalVotes} (${expectedVotes} are expected). ` +
      `Give at least ${totalVotes}, and fewer than ${2 * totalVotes} if this part of the cluster is to stay quorate`;
    throw new CommandError(CommandExit.FAILED, text, error.spec);
  }
}

function withPicture(command: Command, json?: string): Command {
  return withJson(command, json)
    .option('--hex', 'node ids in hexadecimal')
    .addOption(new Option('-o, --order <by>', 'order of the nodes').choices(NODE_ORDERS).default('id'));
}
