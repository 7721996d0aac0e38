import { Command, InvalidArgumentError } from 'commander';
import { recordSeeds } from './known-seeds.js';
import { searchAll } from './search.js';
import type { Verdict } from './search.js';
import { mutations } from './table.js';

/** The bound within which each mutation has to be found. */
const MOST = 200;

interface Options {
  readonly from: number;
  readonly most: number;
  readonly lanes: number;
  readonly known?: boolean;
  readonly record?: boolean;
  readonly verbose?: boolean;
}

await new Command('mutations')
  .description('Proves the checker: runs the protocol with deliberate mistakes in it until the checker finds each.')
  .argument('[id...]', 'only these mutations')
  .option('--from <seed>', 'search from this seed on', wholeNumber, 1)
  .option('--most <seeds>', 'try at most so many seeds for each', wholeNumber, MOST)
  .option('--known', 'try the seed first that found it the last time')
  .option('--record', 'write down which seed found each, for --known and for the tests')
  .option('--lanes <n>', 'processes at a time', wholeNumber, 2)
  .option('--verbose', 'tell the first violation of each')
  .action(run)
  .parseAsync();

async function run(ids: readonly string[], options: Options): Promise<void> {
  const unknown = ids.find((id) => !mutations.some((mutation) => mutation.id === id));
  if (unknown !== undefined) {
    process.stderr.write(
      `There is no mutation ${unknown}; the table names ${mutations.map(({ id }) => id).join(', ')}.\n`,
    );
    process.exitCode = 2;
    return;
  }
  const wanted = ids.length === 0 ? mutations : mutations.filter(({ id }) => ids.includes(id));
  const began = performance.now();
  const width = Math.max(...wanted.map(({ id }) => id.length));
  const print = (cells: readonly [string, string, string, string]): void => {
    const [id, property, runs, seed] = cells;
    process.stdout.write(`${id.padEnd(width)}  ${property.padEnd(44)} ${runs.padStart(5)} ${seed.padStart(6)}\n`);
  };
  print(['mutation', 'property that caught it', 'seeds', 'seed']);
  const { from, most, lanes } = options;
  const verdicts = await searchAll(wanted, {
    from,
    most,
    lanes,
    known: options.known ?? false,
    onVerdict: ({ mutation, caught, runs }: Verdict) => {
      print([mutation.id, caught?.properties[0] ?? 'SURVIVED', `${runs}`, `${caught?.seed ?? '-'}`]);
      if (options.verbose && caught !== undefined) process.stdout.write(`    ${caught.text}\n`);
    },
  });
  if (options.record) {
    recordSeeds(
      verdicts,
      mutations.map(({ id }) => id),
    );
  }
  const survivors = verdicts.filter(({ caught }) => caught === undefined);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  process.stdout.write(
    `${verdicts.length - survivors.length} of ${verdicts.length} mutations caught within ${most} seeds each, in ${seconds} s\n`,
  );
  for (const { mutation } of survivors) {
    process.stdout.write(`${mutation.id} survived: nothing noticed that this is broken: ${mutation.breaks}\n`);
  }
  if (survivors.length > 0) process.exitCode = 1;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}
