/**
 * What a libcpg program gets from Chorale and from Corosync, in turns: the lab's cpg-bench floods and pings on a ring of
 * fresh daemons. Prints a JSON line a run, then a table of medians and ratios. See README.md here.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Table from 'cli-table3';
import { Command, Option } from 'commander';
import { measureClients } from './cpg/client-cluster.js';
import type { Measured, Work } from './cpg/client-cluster.js';
import { NetlabHosts } from './ring/hosts.js';
import { median } from './ring/result.js';
import type { System } from './ring/daemon-process.js';
import { wholeNumber } from './whole-number.js';

interface Options {
  readonly nodes: number;
  readonly flood: readonly number[];
  readonly ping: readonly number[];
  readonly seconds: number;
  readonly runs: number;
  readonly transport: 'udpu' | 'udp';
}

const SYSTEMS: readonly System[] = ['chorale', 'corosync'];
const PINGS = 3000;

const sizes = (text: string): number[] => (text === '' ? [] : text.split(',').map(wholeNumber(8, 1_000_000)));
const command = new Command('cpg')
  .description('Measure libcpg programs on Chorale and on Corosync.')
  .option('--nodes <n>', 'nodes on the ring', wholeNumber(1, 32), 3)
  .option('--flood <bytes,...>', 'sizes of the messages of a flood', sizes, [64, 1000, 8192, 65536, 500_000])
  .option('--ping <bytes,...>', 'sizes of the messages sent one at a time', sizes, [64])
  .option('--seconds <s>', 'how long a flood lasts', wholeNumber(1, 3600), 3)
  .option('--runs <n>', 'runs of each kind', wholeNumber(1, 1000), 5)
  .addOption(new Option('--transport <name>').choices(['udpu', 'udp']).default('udpu'));

/** What a kind of run is compared by. */
interface Figure {
  readonly name: string;
  /** A bigger figure is a better one. */
  readonly moreIsBetter: boolean;
  of(measured: Measured): number;
}

const FLOOD: readonly Figure[] = [
  { name: 'messages/s', moreIsBetter: true, of: (run) => run.messagesPerSecond },
  { name: 'MB/s', moreIsBetter: true, of: (run) => run.megabytesPerSecond },
  { name: 'CPU us/message', moreIsBetter: false, of: (run) => run.cpuMicrosecondsPerMessage },
  { name: 'peak MB', moreIsBetter: false, of: (run) => run.peakMegabytes },
];
const PING: readonly Figure[] = [
  { name: 'p50 us', moreIsBetter: false, of: (run) => run.microsecondsP50 },
  { name: 'p99 us', moreIsBetter: false, of: (run) => run.microsecondsP99 },
];

async function main(options: Options): Promise<void> {
  const hosts = new NetlabHosts(options.nodes);
  const directory = mkdtempSync(join(tmpdir(), 'chorale-bench-'));
  const program = join(directory, 'cpg-bench');
  const runs: { system: System; work: Work; measured: Measured }[] = [];
  try {
    const source = join(dirname(hosts.netlab), 'cpg-bench.c');
    execFileSync('cc', ['-O2', '-o', program, source, '-lcpg', '-lpthread'], { stdio: 'inherit' });
    const works: Work[] = [
      ...options.flood.map((size): Work => ({ kind: 'flood', size, amount: options.seconds })),
      ...options.ping.map((size): Work => ({ kind: 'ping', size, amount: PINGS })),
    ];
    for (let run = 1; run <= options.runs; run++) {
      for (const work of works) {
        for (const system of SYSTEMS) {
          const measured = await measureClients(hosts, { ...options, system, program }, work);
          runs.push({ system, work, measured });
          const { nodes, transport } = options;
          console.log(JSON.stringify({ bench: 'cpg', run, system, nodes, transport, ...work, ...measured }));
        }
      }
    }
    console.log(tableOf(works, runs));
  } finally {
    hosts.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

function tableOf(works: readonly Work[], runs: readonly { system: System; work: Work; measured: Measured }[]): string {
  const table = new Table({ head: ['work', 'figure', ...SYSTEMS, 'ratio'], style: { head: [], border: [] } });
  for (const work of works) {
    for (const figure of work.kind === 'flood' ? FLOOD : PING) {
      const spreads = SYSTEMS.map((system) => {
        const values = runs
          .filter((run) => run.work === work && run.system === system)
          .map((run) => figure.of(run.measured));
        return { middle: median(values), least: Math.min(...values), most: Math.max(...values) };
      });
      const [ours, theirs] = spreads as [(typeof spreads)[0], (typeof spreads)[0]];
      const cells = spreads.map(({ middle, least, most }) => `${short(middle)} (${short(least)} to ${short(most)})`);
      const better = figure.moreIsBetter ? ours.middle >= theirs.middle : ours.middle <= theirs.middle;
      const ratio = `${(ours.middle / theirs.middle).toFixed(2)}${better ? '' : ' worse'}`;
      table.push([`${work.kind} ${work.size} B`, figure.name, ...cells, ratio]);
    }
  }
  return table.toString();
}

function short(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en');
}

main(command.parse().opts<Options>()).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
