import { CsError, CsErrorCode } from '../../base/errors.js';
import { openCfg } from '../../cfg.js';
import type { CfgClient, NodeState } from '../../cfg.js';
import { nodeIdOf, readNodes } from './cluster-nodes.js';
import { CommandError, withService } from './context.js';
import type { DaemonChoice } from './context.js';
import { CommandExit } from './exit-codes.js';
import { done, show, withJson } from './options.js';
import type { JsonOption } from './options.js';
import type { Style } from './style.js';
import type { CommandContext, CommandFamily } from './surroundings.js';
import { tableLines } from './table.js';
import type { Command } from 'commander';

/** Commands about nodes, links and the running daemons: what corosync-cfgtool does. */
export const cfgFamily: CommandFamily = (program, context) => {
  const cfg = program
    .command('cfg')
    .summary('nodes and links; reload, kill, shut down')
    .description('Shows nodes and links, and gives orders to this daemon or to all, as corosync-cfgtool does.');
  addShowing(cfg, context);
  addOrders(cfg, context);
};

/** A node with its name, as `chorale cfg nodes --json` prints it. */
interface NamedNode extends NodeState {
  readonly name: string | null;
  readonly local: boolean;
}

function addShowing(cfg: Command, { here, daemon }: CommandContext): void {
  withJson(
    cfg
      .command('rings')
      .alias('links')
      .summary('the links of this node, and whom they reach')
      .description('Shows each link of this node with its address, and whether each node is connected over it.')
      .argument('[link]', 'only the link of this number, or with this address'),
  ).action(async (wanted: string | undefined, json: JsonOption) => {
    const { links, nodes } = await withService(daemon(), openCfg, async (client) => ({
      links: await client.ringStatus(),
      nodes: await readStates(client, daemon()),
    }));
    const found = links.filter(
      ({ link, address }) => wanted === undefined || wanted === `${link}` || wanted === address,
    );
    if (found.length === 0 && wanted !== undefined) {
      const known = links.map(({ link, address }) => `${link} (${address})`).join(', ');
      throw new CommandError(CommandExit.USAGE, `there is no link ${wanted}: this node has ${known}`);
    }
    const data = found.map((link) => ({
      ...link,
      nodes: nodes.map(({ nodeId, name, local, links: theirs }) => {
        return { nodeId, name, local, enabled: theirs[link.link]!.enabled, connected: theirs[link.link]!.connected };
      }),
    }));
    show(here, json, data, () => {
      const blocks = found.map((link) => [
        `${here.style.bold(`link ${link.link}`)} at ${link.address}: ${link.status}`,
        ...linkRows(link.link, nodes, here.style),
      ]);
      return blocks.map((block) => block.join('\n')).join('\n\n');
    });
  });
  withJson(
    cfg
      .command('nodes')
      .summary('all nodes with the state of their links')
      .description('Shows every node of the nodelist: whether it is reachable, and its links.'),
  ).action(async (json: JsonOption) => {
    const nodes = await withService(daemon(), openCfg, (client) => readStates(client, daemon()));
    const data = nodes.map((node) => ({ ...node, links: usedLinks(node) }));
    show(here, json, data, () => nodeRows(nodes, here.style).join('\n'));
  });
  withJson(
    cfg.command('address').description('the addresses of a node').argument('<node>', 'its id or its name'),
  ).action(async (node: string, json: JsonOption) => {
    const nodeId = await nodeIdOf(daemon(), node);
    const addresses = await withService(daemon(), openCfg, (client) => client.nodeAddresses(nodeId));
    show(here, json, { nodeId, addresses }, () => addresses.join(' '));
  });
}

function addOrders(cfg: Command, { here, daemon }: CommandContext): void {
  withJson(
    cfg
      .command('reload')
      .summary('every node reads its configuration again')
      .description(
        'Every node of the cluster reads its own corosync.conf again and applies what can change while it runs. Ends when this ' +
          'node has; a file with errors changes nothing on its node.',
      ),
  ).action(async (json: JsonOption) => {
    await withService(daemon(), openCfg, (client) => client.reload());
    done(here, json, 'the configuration is reloaded on this node, and ordered on all others');
  });
  withJson(
    cfg.command('reopen-logs').description('this daemon opens its log files anew, after they were rotated'),
  ).action(async (json: JsonOption) => {
    await withService(daemon(), openCfg, (client) => client.reopenLogs());
    done(here, json, 'the log files are opened anew');
  });
  withJson(
    cfg
      .command('kill')
      .summary('end the daemon of a node at once')
      .description('Ends the daemon of a node at once, without leaving politely: the others see a failure.')
      .argument('<node>', 'its id or its name')
      .option('--reason <text>', 'for its log', 'Killed by chorale cfg kill'),
  ).action(async (node: string, { reason, json }: JsonOption & { reason: string }) => {
    const nodeId = await nodeIdOf(daemon(), node);
    await withService(daemon(), openCfg, (client) => client.killNode(nodeId, reason));
    done(here, { ...(json && { json }) }, `node ${nodeId} is told to end`, { nodeId });
  });
  withJson(
    cfg
      .command('shutdown')
      .summary('end this daemon, after asking who follows cfg')
      .description(
        'Asks the programs that follow cfg, such as Pacemaker, whether this daemon may end, and ends it if none refuses.',
      )
      .option('--force', 'whatever they say'),
  ).action(async ({ force, json }: JsonOption & { force?: true }) => {
    await withService(daemon(), openCfg, (client) => shutDown(client, force === true));
    done(here, { ...(json && { json }) }, 'the daemon leaves the ring and ends');
  });
}

async function shutDown(client: CfgClient, force: boolean): Promise<void> {
  try {
    // The daemon may be gone before it can answer.
    const gone = client.ended.then(() => undefined);
    await Promise.race([client.tryShutdown(force ? 'regardless' : 'request'), gone]);
  } catch (error) {
    if (!(error instanceof CsError) || error.code !== CsErrorCode.ERR_BUSY) throw error;
    const text = 'a program that follows cfg refused, or did not answer in time. Stop it first, or use --force';
    throw new CommandError(CommandExit.FAILED, text, error.spec);
  }
}

async function readStates(client: CfgClient, choice: DaemonChoice): Promise<NamedNode[]> {
  const [known, local] = await Promise.all([readNodes(choice), client.localNode()]);
  const ids = [...known.keys()].sort((a, b) => a - b);
  const states = await Promise.all(ids.map((nodeId) => client.nodeStatus(nodeId)));
  return states.map((state) => ({
    ...state,
    name: known.get(state.nodeId)?.name ?? null,
    local: state.nodeId === local,
  }));
}

function linkRows(link: number, nodes: readonly NamedNode[], style: Style): string[] {
  const columns = [{ title: 'nodeid', right: true }, { title: 'name' }, { title: 'state' }] as const;
  return tableLines(
    columns,
    nodes.map(({ nodeId, name, local, links }) => {
      const { connected, enabled } = links[link]!;
      const state = connected ? style.green('connected') : style.red(enabled ? 'disconnected' : 'disabled');
      return [`${nodeId}`, name ?? '-', local ? 'this node' : state];
    }),
    style,
  );
}

function nodeRows(nodes: readonly NamedNode[], style: Style): string[] {
  const columns = [
    { title: 'nodeid', right: true },
    { title: 'name' },
    { title: 'state' },
    { title: 'link', right: true },
    { title: 'address' },
    { title: 'link state' },
    { title: 'mtu', right: true },
  ] as const;
  const rows = nodes.flatMap((node) => {
    const { nodeId, name, local, reachable } = node;
    const state = local ? 'this node' : reachable ? style.green('reachable') : style.red('unreachable');
    const head = [`${nodeId}`, name ?? '-', state];
    const used = usedLinks(node);
    if (used.length === 0) return [[...head, '', '', '', '']];
    return used.map(({ link, enabled, connected, mtu, source, destination }, i) => [
      ...(i === 0 ? head : ['', '', '']),
      `${link}`,
      [source, destination].filter((address) => address !== '').join(' to ') || '-',
      `${enabled ? 'enabled' : 'disabled'}, ${connected ? 'connected' : 'disconnected'}`,
      mtu > 0 ? `${mtu}` : '-',
    ]);
  });
  return tableLines(columns, rows, style);
}

/** Answers have room for eight links; those in use have an address. */
function usedLinks({ links }: NodeState) {
  return links.map((state, link) => ({ link, ...state })).filter(({ enabled, source }) => enabled || source !== '');
}
