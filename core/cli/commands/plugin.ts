import { withControl } from './context.js';
import { done, show, withJson } from './options.js';
import type { JsonOption } from './options.js';
import { pluginTable } from './status/plugin-table.js';
import type { CommandFamily } from './surroundings.js';

/** Commands about the services of the node. */
export const pluginFamily: CommandFamily = (program, { here, daemon }) => {
  const plugin = program
    .command('plugin')
    .summary('the services of the running node')
    .description('Shows, loads, unloads and restarts the services of the running node.');
  withJson(plugin.command('list').description('all services with their state, clients and ring messages')).action(
    async (json: JsonOption) => {
      const { services } = await withControl(daemon(), (control) => control.status());
      show(here, json, services, () => pluginTable(services, here.style).join('\n'));
    },
  );
  withJson(
    plugin
      .command('load')
      .description('load a plugin into the running node')
      .argument('<plugin>', 'its file, or the name of its package, as in "service { name: ... }"'),
  ).action(async (name: string, json: JsonOption) => {
    done(here, json, await withControl(daemon(), (control) => control.load(name)));
  });
  withJson(
    plugin.command('unload').description('take a service out of the running node').argument('<service>', 'its name'),
  ).action(async (name: string, json: JsonOption) => {
    done(here, json, await withControl(daemon(), (control) => control.unload(name)));
  });
  withJson(
    plugin
      .command('restart')
      .description('make the engine of a service anew; the others give it its state')
      .argument('<service>', 'its name')
      .option('--fresh', 'read its file again first'),
  ).action(async (name: string, { fresh, json }: JsonOption & { fresh?: true }) => {
    done(
      here,
      { ...(json && { json }) },
      await withControl(daemon(), (control) => control.restart(name, fresh === true)),
    );
  });
};
