import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Daemon } from './lab.js';
import type { Call } from './library-calls.js';

const SOURCE = fileURLToPath(new URL('./library-puppet.c', import.meta.url));

/** Builds the program in `directory`. */
export function buildPuppet(directory: string): string {
  const program = join(directory, 'library-puppet');
  const libraries = ['-lcpg', '-lcmap', '-lquorum', '-lvotequorum', '-lcfg'];
  execFileSync('cc', ['-O1', '-Wall', '-Wextra', '-Werror', '-o', program, SOURCE, ...libraries], { stdio: 'inherit' });
  return program;
}

/** A running library-puppet on a host. */
class Puppet {
  pid = 0;
  /** Callbacks by place, in order. */
  readonly events = new Map<string, string[]>();
  private readonly answers: AsyncIterator<string>;

  private constructor(private readonly child: ChildProcess) {
    this.answers = this.read();
  }

  static async start(daemon: Daemon, program: string): Promise<Puppet> {
    const command = ['-t', `${daemon.pid}`, '-m', '-n', '--uts', program];
    const puppet = new Puppet(spawn('nsenter', command, { stdio: ['pipe', 'pipe', 'inherit'] }));
    const [, opened, pid] = ((await puppet.answers.next()).value as string).split(' ');
    if (opened !== '1') throw new Error(`a program cannot join its barrier at ${daemon.name}: ${opened}`);
    puppet.pid = Number(pid);
    return puppet;
  }

  private async *read(): AsyncGenerator<string, string> {
    for await (const line of createInterface({ input: this.child.stdout! })) {
      if (line.startsWith('=')) {
        yield line;
        continue;
      }
      const [, place, ...event] = line.split(' ');
      const key = place ?? '';
      this.events.set(key, [...(this.events.get(key) ?? []), event.join(' ')]);
    }
    return '= the program has ended';
  }

  async call(line: string): Promise<string> {
    this.child.stdin!.write(`${line}\n`);
    return (await this.answers.next()).value;
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.stdin!.end();
    await ended;
  }
}

/** Answers and callbacks of one run. */
export interface Outcome {
  /** Each call with what it answered. */
  readonly answers: readonly string[];
  /** Callbacks by program and place (and, where a place was used again, in one list). */
  readonly events: Readonly<Record<string, readonly string[]>>;
}

let barrier = 0;
/** A daemon that has events for a program gives it the next one before so many milliseconds are over. */
const QUIET_MS = 100;

/** Makes the calls one after the other with programs on the daemons' hosts, one a daemon given. */
export async function play(program: string, daemons: readonly Daemon[], calls: readonly Call[]): Promise<Outcome> {
  const puppets: Puppet[] = [];
  try {
    for (const daemon of daemons) puppets.push(await Puppet.start(daemon, program));
    await alone(puppets);
    const answers: string[] = [];
    /** Who has made calls whose effects may not be everywhere yet. */
    let busy: number | undefined;
    for (const { program: which, line, settle, ends } of calls) {
      const puppet = puppets[which]!;
      if (busy !== undefined && busy !== which) await settled(puppets, busy, 0);
      // A handle's events are gone with it: a message of some megabytes comes piece by piece.
      if (line.includes('.finalize')) await puppet.call(`drain ${QUIET_MS}`);
      answers.push(`${which} ${line.slice(0, 300)} ${await puppet.call(line)}`);
      if (ends !== undefined) await gone(puppet, ends);
      if (settle) await settled(puppets, which, 0);
      busy = settle ? undefined : which;
    }
    for (const which of puppets.keys()) await settled(puppets, which, QUIET_MS);
    const events: Record<string, string[]> = {};
    for (const [which, puppet] of puppets.entries()) {
      for (const [place, list] of puppet.events) events[`${which}.${place}`] = list;
    }
    return named(puppets, { answers, events });
  } finally {
    for (const puppet of puppets) await puppet.end();
  }
}

/** Waits until everything asked for so far has been seen by all programs, and lets them call their callbacks. */
async function settled(puppets: readonly Puppet[], which: number, quietMs: number): Promise<void> {
  await puppets[which]!.call(`drain ${quietMs}`);
  const number = ++barrier;
  const sent = await puppets[which]!.call(`barrier ${number}`);
  for (const puppet of puppets) {
    const seen = await puppet.call(`await ${number}`);
    if (seen !== `= ${number}`)
      throw new Error(`program ${puppets.indexOf(puppet)} waits for barrier ${number} of ${which} (${sent}): ${seen}`);
  }
  for (const puppet of puppets) await puppet.call(`drain ${quietMs === 0 ? 1 : quietMs}`);
}

/** Waits until the process is in the group no more: its connection has ended, which the daemon notices when it does. */
async function gone(puppet: Puppet, group: string): Promise<void> {
  const own = `/${puppet.pid}/`;
  for (let left = 2000; left > 0; left--) {
    if (!(await puppet.call(`cpg.members 0 ${group} 64`)).includes(own)) return;
  }
  throw new Error(`process ${puppet.pid} does not leave group ${group}`);
}

/** Waits until no program of the run before is in a group any more. */
async function alone(puppets: readonly Puppet[]): Promise<void> {
  const puppet = puppets[0]!;
  await puppet.call('cpg.init 1 0 0');
  for (let left = 1000; left > 0; left--) {
    await puppet.call('cpg.iterate 1 - 3 1');
    let processes = 0;
    while ((await puppet.call('cpg.next 1')).startsWith('= 1 ')) processes++;
    await puppet.call('cpg.iterated 1');
    if (processes === puppets.length) break;
  }
  await puppet.call('cpg.finalize 1');
}

/** Process ids and what else differs from run to run, by name. */
function named(puppets: readonly Puppet[], outcome: Outcome): Outcome {
  const names = new Map(puppets.map(({ pid }, which) => [`${pid}`, `p${which}`]));
  const rename = (text: string): string =>
    text.replaceAll(/\/(\d+)\//g, (whole, pid: string) => (names.has(pid) ? `/${names.get(pid)}/` : whole));
  return {
    answers: outcome.answers.map(rename),
    events: Object.fromEntries(Object.entries(outcome.events).map(([key, list]) => [key, list.map(rename)])),
  };
}
