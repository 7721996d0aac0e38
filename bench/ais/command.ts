import { Command, InvalidArgumentError } from 'commander';
import { LoopbackRing } from './loopback.js';

/** Whole numbers from 1, with commas between them. */
export function numbers(text: string): number[] {
  return text.split(',').map((one) => {
    const value = Number(one);
    if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('give whole numbers from 1.');
    return value;
  });
}

export interface Options {
  readonly seconds: number;
  /** What a program adds. */
  readonly [name: string]: number | readonly number[];
}

/** A program that measures one service: `--seconds`, `--runs`, and `--size` if there are usual sizes. */
export function benchCommand(name: string, description: string, sizes?: readonly number[]): Command {
  const command = new Command(name);
  if (sizes !== undefined) command.option('--size <bytes,...>', 'bytes of data', numbers, sizes);
  return command
    .description(description)
    .option('--seconds <s>', 'how long each measurement lasts', one, 3)
    .option('--runs <n>', 'runs of each kind', one, 3);
}

/**
 * Measures `service` on three fresh daemons, `--runs` times, and prints what `run` gives as JSON lines: ratios of what is
 * compared are to be taken within a line.
 */
export function bench(
  command: Command,
  service: string,
  run: (ring: LoopbackRing, options: Options) => AsyncIterable<Record<string, number>>,
): void {
  command.action(async (options: Options & { readonly runs: number }) => {
    const ring = await LoopbackRing.of(`chorale/${service}`);
    try {
      for (let count = 1; count <= options.runs; count++) {
        for await (const measured of run(ring, options)) {
          console.log(JSON.stringify({ bench: service, run: count, nodes: 3, ...measured }));
        }
      }
    } finally {
      await ring.close();
    }
  });
  command.parseAsync().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}

/** Of two figures, to two places. */
export function ratio(of: number, to: number): number {
  return Number((of / to).toFixed(2));
}

function one(text: string): number {
  const [value, ...more] = numbers(text);
  if (more.length > 0) throw new InvalidArgumentError('give one whole number.');
  return value!;
}
