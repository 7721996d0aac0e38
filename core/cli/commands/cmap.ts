import { Option } from 'commander';
import type { Command } from 'commander';
import { openCmap } from '../../cmap.js';
import type { OpenCmapOptions } from '../../cmap.js';
import { clearStatistics, CLEARABLE } from './cmap/clear.js';
import { entryJson, entryLine, valueText } from './cmap/entries.js';
import { loadKeys, readKeyFile } from './cmap/load.js';
import { removeKeys } from './cmap/remove.js';
import { inputOf, KEY_TYPES } from './cmap/input.js';
import { watchKeys } from './cmap/watch.js';
import type { WatchOptions } from './cmap/watch.js';
import { CommandError, withService } from './context.js';
import { CommandExit } from './exit-codes.js';
import { countOption, done, show, withJson } from './options.js';
import type { JsonOption } from './options.js';
import type { CommandContext, CommandFamily } from './surroundings.js';

interface MapOption {
  readonly map: 'icmap' | 'stats';
}

interface ReadOptions extends JsonOption, MapOption {
  readonly binary?: true;
}

const KEY = 'as "totem.token"; 3 to 255 characters of a-z A-Z 0-9 . _ - / :';

/** Commands about the configuration map: what corosync-cmapctl does. */
export const cmapFamily: CommandFamily = (program, context) => {
  const cmap = program
    .command('cmap')
    .summary('the configuration map: read, set and follow keys')
    .description(
      'Reads, sets and follows the keys of the configuration map, as corosync-cmapctl does. The map "icmap" has the ' +
        'configuration and the state of the node; the map "stats" has counters of ring and clients.',
    );
  addReading(cmap, context);
  addWriting(cmap, context);
  addStatistics(cmap, context);
};

function addReading(cmap: Command, { here, daemon }: CommandContext): void {
  const list = async (prefixes: readonly string[], options: ReadOptions): Promise<void> => {
    await withService(daemon(), opener(options), async (client) => {
      const entries: unknown[] = [];
      for (const prefix of prefixes.length > 0 ? prefixes : ['']) {
        for await (const [key, entry] of client.entries(prefix)) {
          if (options.json) entries.push(entryJson(key, entry));
          else here.out(entryLine(key, entry, options.binary === true));
        }
      }
      if (options.json) show(here, options, entries, () => '');
    });
  };
  withReading(
    cmap
      .command('list')
      .summary('keys with their types and values')
      .description('Prints keys in order, as "key (type) = value".')
      .argument('[prefix...]', 'only keys that begin so'),
  ).action(list);
  withReading(
    cmap
      .command('get')
      .summary('the value of keys')
      .description('Prints keys as "key (type) = value". Ends with 1 if there is no such key.')
      .argument('<key...>', KEY)
      .option('-q, --quiet', 'the value alone'),
  ).action(async (keys: string[], options: ReadOptions & { quiet?: true }) => {
    await withService(daemon(), opener(options), async (client) => {
      const found: unknown[] = [];
      const missing: string[] = [];
      for (const key of keys) {
        const entry = await client.get(key);
        if (entry === undefined) missing.push(key);
        else if (options.json) found.push(entryJson(key, entry));
        else here.out(options.quiet ? valueText(entry, true) : entryLine(key, entry, options.binary === true));
      }
      if (options.json) show(here, options, found, () => '');
      if (missing.length > 0) throw noKey(missing, options);
    });
  });
  withMap(withJson(cmap.command('watch'), 'one JSON object a change'))
    .summary('print keys as they change')
    .description('Prints each change of keys, until Ctrl-C. A key need not exist yet.')
    .argument('<key...>', KEY)
    .option('-p, --prefix', 'all keys that begin so')
    .addOption(countOption('end after so many changes'))
    .action((keys: string[], options: WatchOptions & MapOption) =>
      watchKeys(daemon(), opener(options), keys, options, here, here.untilInterrupted()),
    );
}

function addWriting(cmap: Command, { here, daemon }: CommandContext): void {
  withJson(
    cmap
      .command('set')
      .summary('set a key')
      .description(
        'Sets a key, which is made if it does not exist. Most keys change only this daemon, until it ends: what should last ' +
          'belongs into corosync.conf.',
      )
      .argument('<key>', KEY)
      .argument('<type>', KEY_TYPES.join(', '))
      .argument('<value>', 'for bin: a file that holds it, or - for standard input'),
  ).action(async (key: string, type: string, value: string, json: JsonOption) => {
    const input = await inputOf(type, value, here.stdin);
    await withService(daemon(), openCmap, (client) => client.set(key, input.type, input.value));
    done(here, json, `${key} is set`, { key });
  });
  withJson(
    cmap
      .command('delete')
      .description('delete keys')
      .argument('<key...>', KEY)
      .option('-p, --prefix', 'all keys that begin so'),
  ).action(async (keys: string[], { prefix, json }: JsonOption & { prefix?: true }) => {
    const deleted = await withService(daemon(), openCmap, (client) => removeKeys(client, keys, prefix === true));
    const text = deleted.length === 1 ? `${deleted[0]!} is deleted` : `${deleted.length} keys are deleted`;
    done(here, { ...(json && { json }) }, text, { keys: deleted });
  });
  withJson(
    cmap
      .command('load')
      .summary('set and delete keys as a file says')
      .description(
        'Does what each line of a file says: "KEY TYPE VALUE" sets a key, "^KEY" deletes it, "^^PREFIX" deletes all keys that ' +
          'begin so. Empty lines and lines that begin with # mean nothing. The file is checked before the first change.',
      )
      .argument('<file>', 'the file, or - for standard input'),
  ).action(async (file: string, json: JsonOption) => {
    const orders = await readKeyFile(file, here.stdin);
    const counts = await withService(daemon(), openCmap, (client) => loadKeys(client, orders));
    done(here, json, `${counts.set} keys are set, ${counts.deleted} deleted`, { ...counts });
  });
}

function addStatistics(cmap: Command, { here, daemon }: CommandContext): void {
  withJson(
    cmap
      .command('stats')
      .summary('counters of ring and clients')
      .description('Prints the keys of the map "stats". The same as "cmap list --map stats".')
      .argument('[prefix...]', 'only keys that begin so, as stats.srp'),
  ).action(async (prefixes: string[], { json }: JsonOption) => {
    await withService(daemon(), opener({ map: 'stats' }), async (client) => {
      const entries: unknown[] = [];
      for (const prefix of prefixes.length > 0 ? prefixes : ['']) {
        for await (const [key, entry] of client.entries(prefix)) {
          if (json) entries.push(entryJson(key, entry));
          else here.out(entryLine(key, entry, false));
        }
      }
      if (json) show(here, { json }, entries, () => '');
    });
  });
  withJson(
    cmap
      .command('clear')
      .summary('let counters begin at 0 again')
      .description('Lets counters of the map "stats" begin at 0 again.')
      .argument('<what>', CLEARABLE.join(', ')),
  ).action(async (what: string, json: JsonOption) => {
    await clearStatistics(daemon(), what);
    done(here, json, `the counters (${what}) begin at 0`, { cleared: what });
  });
}

function withReading(command: Command): Command {
  return withMap(withJson(command)).option('-b, --binary', 'show binary values, in hexadecimal');
}

function withMap(command: Command): Command {
  return command.addOption(new Option('-m, --map <map>', 'which map').choices(['icmap', 'stats']).default('icmap'));
}

function opener({ map }: MapOption) {
  return (where: OpenCmapOptions = {}): ReturnType<typeof openCmap> => openCmap({ ...where, map });
}

function noKey(keys: readonly string[], { map }: MapOption): CommandError {
  const other = map === 'stats' ? 'chorale cmap stats' : 'chorale cmap list';
  return new CommandError(
    CommandExit.FAILED,
    `no such key: ${keys.join(', ')}. "${other}" has all`,
    'CS_ERR_NOT_EXIST',
  );
}
