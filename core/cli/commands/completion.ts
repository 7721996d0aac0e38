import { Argument } from 'commander';
import type { Command } from 'commander';
import { openCmap } from '../../cmap.js';
import { openCpg } from '../../cpg.js';
import { bashCompletion } from '../completion/bash.js';
import { fishCompletion } from '../completion/fish.js';
import { commandTree, LIVE_NAMES } from '../completion/tree.js';
import type { CommandNode, LiveName } from '../completion/tree.js';
import { zshCompletion } from '../completion/zsh.js';
import { readNodes } from './cluster-nodes.js';
import { withControl, withService } from './context.js';
import type { DaemonChoice } from './context.js';
import type { CommandFamily } from './surroundings.js';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;
type Shell = keyof typeof SHELLS;

/** How long a person who presses Tab may wait for the daemon, in seconds. */
const PATIENCE_S = 2;

/** `chorale completion`, and the hidden command that the scripts ask for what the daemon knows. */
export const completionFamily: CommandFamily = (program, { here, daemon }) => {
  program
    .command('completion')
    .summary('the completion script of a shell')
    .description(
      'Prints the completion script of a shell. For bash: source <(chorale completion bash), or write it to ' +
        '/etc/bash_completion.d/chorale. For zsh: write it to a file _chorale in a directory of fpath, or source it after ' +
        'compinit. For fish: write it to ~/.config/fish/completions/chorale.fish. Keys of cmap, services, groups and nodes ' +
        'are completed if a daemon runs.',
    )
    .addArgument(new Argument('<shell>').choices(Object.keys(SHELLS)))
    .action((shell: Shell) => here.write(completionScript(program, shell)));
  program
    .command('complete', { hidden: true })
    .addArgument(new Argument('<what>').choices(LIVE_NAMES))
    .argument('[beginning]')
    .action(async (what: LiveName, beginning = '') => {
      try {
        const names = await LIVE[what]({ timeout: PATIENCE_S, ...daemon() }, beginning);
        for (const name of names) if (name.startsWith(beginning)) here.out(name);
      } catch {
        // Without a daemon there is nothing to complete, and the person is in the middle of a line.
      }
    });
};

/** The script of a shell for a program. */
export function completionScript(program: Command, shell: Shell): string {
  const tree: CommandNode = commandTree(program);
  return SHELLS[shell](program.name(), tree);
}

type Lister = (choice: DaemonChoice, beginning: string) => Promise<string[]>;

const LIVE: Readonly<Record<LiveName, Lister>> = {
  keys: (choice, beginning) => keys(choice, 'icmap', beginning),
  stats: (choice, beginning) => keys(choice, 'stats', beginning),
  services: async (choice) => {
    const { services } = await withControl(choice, (control) => control.status());
    return services.map(({ service }) => service);
  },
  groups: async (choice) => {
    const groups = await withService(choice, openCpg, (client) => client.groups());
    return groups.map(({ name }) => new TextDecoder().decode(name)).filter((name) => /^[\w.:/-]+$/.test(name));
  },
  nodes: async (choice) => {
    const nodes = [...(await readNodes(choice)).values()];
    return nodes.flatMap(({ nodeId, name }) => (name === undefined ? [`${nodeId}`] : [name, `${nodeId}`]));
  },
};

function keys(choice: DaemonChoice, map: 'icmap' | 'stats', beginning: string): Promise<string[]> {
  return withService(
    choice,
    (where) => openCmap({ ...where, map }),
    async (client) => {
      const names: string[] = [];
      for await (const { key } of client.keys(beginning)) names.push(key);
      return names;
    },
  );
}
