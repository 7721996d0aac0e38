/**
 * The in-engine load on a whole ring, where every node multicasts as fast as it may, and the time of a token rotation;
 * beside Corosync's own load (pload) if asked for. Prints a JSON line a run and a last one with medians and ratios.
 * See README.md here.
 */
import { Command, Option } from 'commander';
import { runChorale } from './ring/chorale-cluster.js';
import { runCorosync } from './ring/corosync-cluster.js';
import { LoopbackHosts, NetlabHosts } from './ring/hosts.js';
import type { Hosts } from './ring/hosts.js';
import { rounded, summaryOf } from './ring/result.js';
import type { Run, Work } from './ring/result.js';
import { wholeNumber } from './whole-number.js';

interface Options {
  readonly nodes: number;
  readonly size: readonly number[];
  readonly seconds: number;
  readonly runs: number;
  readonly transport: 'udpu' | 'udp';
  readonly segmentation: 'on' | 'off' | 'both';
  readonly rotation: boolean;
  readonly loopback: boolean;
  readonly withCorosync: boolean;
  readonly against?: string;
  readonly nodeFlags: string;
}

const SIZE_LEAST = 24;
const SIZE_MOST = 1024 * 1024;

const size = wholeNumber(SIZE_LEAST, SIZE_MOST);
const command = new Command('ring')
  .description('Measure a ring under load and the time of a token rotation.')
  .option('--nodes <n>', 'nodes on the ring', wholeNumber(2, 32), 3)
  .option('--size <bytes,...>', 'message sizes, headers included', (text) => text.split(',').map(size), [64, 1000])
  .option('--seconds <s>', 'how long a run loads the ring', wholeNumber(1, 3600), 5)
  .option('--runs <n>', 'runs of each kind', wholeNumber(1, 1000), 5)
  .addOption(new Option('--transport <name>').choices(['udpu', 'udp']).default('udpu'))
  .addOption(
    new Option('--segmentation <state>', "GSO on Chorale's sends").choices(['on', 'off', 'both']).default('on'),
  )
  .option('--no-rotation', 'leave out the runs without a load, in which only the token turns')
  .option('--loopback', 'on 127.0.0.N in place of netlab hosts: needs no root; Chorale only', false)
  .option('--with-corosync', "alternate with Debian's corosync", false)
  .option('--against <program>', "alternate with another build's dist/bench/ring/chorale-node.js")
  .option('--node-flags <flags>', "Node's options for Chorale's nodes, such as --cpu-prof", '');

/** What takes its turn, and by which name. */
type Turn = readonly [system: string, run: (size: number) => Promise<Run['measured']>];

function turnsOf(options: Options, hosts: Hosts): Turn[] {
  const { nodes, transport, seconds } = options;
  const nodeFlags = options.nodeFlags.split(' ').filter((flag) => flag !== '');
  const chorale = (segmentation: boolean, program?: string): Turn[1] => {
    return (bytes) => runChorale(hosts, { nodes, transport, seconds, segmentation, nodeFlags, program }, bytes);
  };
  const segmentation = options.segmentation !== 'off';
  const turns: Turn[] = [['chorale', chorale(segmentation)]];
  if (options.segmentation === 'both') turns.push(['unsegmented', chorale(false)]);
  if (options.against !== undefined) turns.push(['against', chorale(segmentation, options.against)]);
  if (options.withCorosync) {
    // Its load has a number of messages, not a time: each run tells how many the next one needs.
    const estimates = new Map<number, number>();
    const corosync = async (bytes: number): Promise<Run['measured']> => {
      const estimate = estimates.get(bytes) ?? 40e6 / bytes;
      const measured = await runCorosync(hosts, { nodes, transport, seconds }, bytes, estimate);
      estimates.set(bytes, measured.messagesPerSecond);
      return measured;
    };
    turns.push(['corosync', corosync]);
  }
  return turns;
}

async function main(options: Options): Promise<void> {
  if (options.loopback && options.withCorosync) {
    command.error('error: several corosync processes need hosts of their own: leave out --loopback or --with-corosync');
  }
  const hosts = options.loopback ? new LoopbackHosts() : new NetlabHosts(options.nodes);
  const stop = (): void => {
    hosts.close();
    process.exit(1);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const turns = turnsOf(options, hosts);
    const runs: Run[] = [];
    const { nodes, transport, segmentation } = options;
    const setting = { nodes, transport, segmentation, hosts: hosts.kind };
    for (let number = 1; number <= options.runs; number++) {
      for (const bytes of options.rotation ? [...options.size, 0] : options.size) {
        const work: Work = bytes === 0 ? 'rotation' : 'load';
        for (const [system, start] of turns) {
          const run: Run = { system, work, size: bytes, measured: await start(bytes) };
          runs.push(run);
          const { measured, ...what } = run;
          console.log(JSON.stringify(rounded({ bench: 'ring', run: number, ...what, ...setting, ...measured })));
        }
      }
    }
    console.log(JSON.stringify(rounded({ bench: 'ring', ...setting, runs: options.runs, medians: summaryOf(runs) })));
  } finally {
    hosts.close();
  }
}

main(command.parse().opts<Options>()).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
