import { expect } from 'chai';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { B_01_01, SA_TIME_END, daemonBindings } from 'chorale/sdk';
import { ChannelOpenFlags, EvtLibrary } from '../../plugins/evt/index.js';
import type { Evt, EvtChannel } from '../../plugins/evt/index.js';
import { daemonRow } from '../ais/row-report.js';
import { Lab, TSX, eventually, needsLab } from './lab.js';
import type { Daemon } from './lab.js';

const PROGRAM = fileURLToPath(new URL('ais-events.ts', import.meta.url));
const { PUBLISHER, SUBSCRIBER, CREATE } = ChannelOpenFlags;

/** The Event Service in real daemons on three hosts, whose clients and nodes die, part and meet while events flow. */
describe('EVT on three hosts', function () {
  this.timeout(180_000);
  needsLab(this);
  let lab: Lab;
  let daemons: Daemon[];
  const programs: ChildProcess[] = [];
  const handles: Evt[] = [];

  before(async () => {
    lab = new Lab({ nodes: 3, transport: 'udpu', services: ['chorale/evt'], clientsOutside: true });
    daemons = lab.start('chorale', 'chorale', 'chorale');
    await lab.oneRing();
  });
  afterEach(async () => {
    for (const program of programs.splice(0)) await killed(program);
    for (const evt of handles.splice(0)) await evt.finalize();
  });
  after(() => lab?.close());

  /** A program of its own process, and the lines that it has printed. */
  const start = (host: number, ...args: string[]): { program: ChildProcess; lines: () => string[] } => {
    const { socket } = daemons[host - 1]!;
    const program = spawn(process.execPath, ['--import', TSX, PROGRAM, socket, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    programs.push(program);
    let text = '';
    program.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return { program, lines: () => text.split('\n').slice(0, -1) };
  };
  const killed = async (program: ChildProcess): Promise<void> => {
    if (program.exitCode !== null || program.signalCode !== null) return;
    const ended = once(program, 'exit');
    program.kill('SIGCONT');
    program.kill('SIGKILL');
    await ended;
  };
  /** A channel of this process, and what was delivered through it. */
  const listen = async (host: number, name: string): Promise<{ channel: EvtChannel; texts: string[] }> => {
    const texts: string[] = [];
    const { socket } = daemons[host - 1]!;
    const evt = await new EvtLibrary(daemonBindings({ path: socket })).initialize(
      { eventDeliver: (_id, event) => texts.push(new TextDecoder().decode(event.dataGet())) },
      B_01_01,
      { dispatch: 'automatic' },
    );
    handles.push(evt);
    const channel = await evt.channelOpen(name, PUBLISHER | SUBSCRIBER | CREATE, SA_TIME_END);
    await channel.eventSubscribe([], 1);
    return { channel, texts };
  };
  /** Late subscribers on these hosts get the events that were answered, each once and all in one order. */
  const allRetain = async (name: string, hosts: readonly number[], answered: readonly string[]): Promise<void> => {
    const late = await Promise.all(hosts.map((host) => listen(host, name)));
    for (const { texts } of late) {
      await eventually(`${answered.length} events`, () => answered.every((text) => texts.includes(text)));
      expect(new Set(texts).size, 'events twice').to.equal(texts.length);
      expect(texts).to.deep.equal(late[0]!.texts);
    }
  };
  const retained = async (channel: EvtChannel, text: string, retentionTime = SA_TIME_END): Promise<void> => {
    const event = channel.eventAllocate();
    event.attributesSet({ priority: 3, retentionTime });
    await event.publish(new TextEncoder().encode(text));
  };

  daemonRow(['EVT-RET-14', 'EVT-DEL-04', 'EVT-DEL-07'], 'a publisher is killed', async () => {
    const { texts } = await listen(2, 'client');
    const { program, lines } = start(1, 'client', 'publish', 'c');
    await eventually('events', () => lines().length > 300);
    await killed(program);
    await allRetain('client', [1, 3], lines());
    await eventually('the same events live', () => lines().every((text) => texts.includes(text)));
    expect(texts).to.deep.equal(texts.map((_, i) => `c${i + 1}`));
  });

  daemonRow(['EVT-DEL-09'], 'a subscriber that is stopped loses events, is told, and goes on', async () => {
    const { program, lines } = start(1, 'slow', 'subscribe');
    await eventually('the subscriber', () => lines().includes('ready'));
    const { channel, texts } = await listen(2, 'slow');
    program.kill('SIGSTOP');
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: 200 }, (_, i) => retained(channel, `${200 * round + i}`, 0n)));
    }
    await eventually('them here', () => texts.length === 2000);
    program.kill('SIGCONT');
    await eventually('a loss notice', () => lines().includes('LOST'));
    await retained(channel, 'last', 0n);
    await eventually('the last one', () => lines().includes('last'));
    expect(lines().filter((line) => line === 'LOST')).to.have.length(1);
  });

  daemonRow(['EVT-RET-14', 'EVT-RET-15'], 'a node is killed, and comes back', async () => {
    const { lines } = start(3, 'node', 'publish', 'n');
    await eventually('events', () => lines().length > 300);
    await daemons[2]!.kill();
    await daemons[0]!.on([1, 2]);
    await allRetain('node', [1, 2], lines());
    daemons[2]!.start();
    await lab.oneRing();
    await allRetain('node', [1, 2, 3], lines());
  });

  it('both sides of a partition publish, then meet', async () => {
    const sides = [await listen(1, 'sides'), await listen(2, 'sides'), await listen(3, 'sides')];
    const [left, right] = [start(1, 'sides', 'publish', 'l'), start(3, 'sides', 'publish', 'r')];
    await eventually('events', () => left.lines().length > 50 && right.lines().length > 50);
    lab.split([1], [2, 3]);
    await daemons[0]!.on([1]);
    await daemons[1]!.on([2, 3]);
    const before = [left, right].map(({ lines }) => lines().length);
    await eventually('events apart', () => [left, right].every(({ lines }, i) => lines().length > before[i]! + 200));
    for (const { program } of [left, right]) await killed(program);
    lab.heal();
    await lab.oneRing();
    const answered = [...left.lines(), ...right.lines()];
    for (const { texts } of sides) {
      await eventually('all events at all', () => answered.every((text) => texts.includes(text)));
      expect(new Set(texts).size, 'events twice').to.equal(texts.length);
    }
    await allRetain('sides', [1, 2, 3], answered);
  });

  it('every node is restarted in turn while events are published', async () => {
    const answered: string[] = [];
    for (const host of [1, 2, 3]) {
      const { program, lines } = start(1 + (host % 3), 'rolling', 'publish', `h${host}-`);
      await eventually('events', () => lines().length > 20);
      await daemons[host - 1]!.stop();
      daemons[host - 1]!.start();
      await lab.oneRing();
      const before = lines().length;
      await eventually('more events', () => lines().length > before + 20);
      await killed(program);
      answered.push(...lines());
    }
    await allRetain('rolling', [1, 2, 3], answered);
  });
});
