import { expect } from 'chai';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { B_01_01, SA_TIME_END, daemonBindings } from 'chorale/sdk';
import { CkptLibrary, CreationFlags, OpenFlags } from '../../plugins/ckpt/index.js';
import type { Ckpt } from '../../plugins/ckpt/index.js';
import { daemonRow } from '../ais/row-report.js';
import { Lab, TSX, eventually, needsLab } from './lab.js';
import type { Daemon } from './lab.js';

const PROGRAM = fileURLToPath(new URL('ais-checkpoints.ts', import.meta.url));
const { READ, WRITE, CREATE } = OpenFlags;

/** A process that writes numbers to a section of its own, and what was answered to it. */
interface Writer {
  readonly checkpoint: string;
  readonly section: string;
  readonly program: ChildProcess;
  answered(): number;
}

/** The Checkpoint Service in real daemons on three hosts, whose clients and nodes die, part and meet during writes. */
describe('CKPT on three hosts', function () {
  this.timeout(180_000);
  needsLab(this);
  let lab: Lab;
  let daemons: Daemon[];
  const writers: Writer[] = [];

  before(async () => {
    lab = new Lab({ nodes: 3, transport: 'udpu', services: ['chorale/ckpt'], clientsOutside: true });
    daemons = lab.start('chorale', 'chorale', 'chorale');
    await lab.oneRing();
  });
  afterEach(async () => {
    for (const writer of writers.splice(0)) await killed(writer);
  });
  after(() => lab?.close());

  const start = async (host: number, checkpoint: string, section: string): Promise<Writer> => {
    const { socket } = daemons[host - 1]!;
    const program = spawn(process.execPath, ['--import', TSX, PROGRAM, socket, checkpoint, section], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    program.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const answered = (): number => Number(text.split('\n').at(-2) ?? 0);
    const writer = { checkpoint, section, program, answered };
    writers.push(writer);
    await more(writer);
    return writer;
  };
  const more = async ({ answered }: Writer): Promise<void> => {
    const before = answered();
    await eventually('more writes', () => answered() > before + 50);
  };
  const killed = async ({ program }: Writer): Promise<void> => {
    if (program.exitCode !== null || program.signalCode !== null) return;
    const ended = once(program, 'close');
    program.kill('SIGKILL');
    await ended;
  };
  const withCkpt = async <T>(host: number, work: (ckpt: Ckpt) => Promise<T>): Promise<T> => {
    const bindings = daemonBindings({ path: daemons[host - 1]!.socket });
    const ckpt = await new CkptLibrary(bindings).initialize({}, B_01_01);
    return work(ckpt).finally(() => ckpt.finalize());
  };
  /** These hosts have what was answered to the writer, which has ended, or the write after it. */
  const allHave = async (writer: Writer, ...hosts: number[]): Promise<void> => {
    const values = await Promise.all(
      hosts.map((host) =>
        withCkpt(host, async (ckpt) => {
          const checkpoint = await ckpt.checkpointOpen(writer.checkpoint, null, READ, SA_TIME_END);
          const [data] = await checkpoint.read([{ sectionId: writer.section }]);
          return Number(new TextDecoder().decode(data));
        }),
      ),
    );
    expect(values[0]).to.be.within(writer.answered(), writer.answered() + 1);
    expect(new Set(values).size, `${values.join()} on ${hosts.join()}`).to.equal(1);
  };

  daemonRow(['CKPT-HA-01', 'CKPT-RD-14'], 'a writer is killed', async () => {
    const writer = await start(1, 'client', 'w');
    await killed(writer);
    await allHave(writer, 1, 2, 3);
  });

  daemonRow(
    ['CKPT-HA-02', 'CKPT-HA-03', 'CKPT-HA-04'],
    'the node of a writer is killed, and comes back during writes',
    async () => {
      const [lost, other] = [await start(3, 'node', 'lost'), await start(1, 'node', 'other')];
      await daemons[2]!.kill();
      await killed(lost);
      await daemons[0]!.on([1, 2]);
      await allHave(lost, 1, 2);
      daemons[2]!.start();
      await lab.oneRing();
      await more(other);
      await killed(other);
      await allHave(lost, 1, 2, 3);
      await allHave(other, 1, 2, 3);
    },
  );

  it('both sides of a partition write, then meet', async () => {
    const sides = [await start(1, 'left', 'w'), await start(3, 'right', 'w')];
    lab.split([1], [2, 3]);
    await daemons[0]!.on([1]);
    await daemons[1]!.on([2, 3]);
    for (const writer of sides) await more(writer);
    lab.heal();
    await lab.oneRing();
    for (const writer of sides) await more(writer);
    for (const writer of sides) await killed(writer);
    for (const writer of sides) await allHave(writer, 1, 2, 3);
  });

  it('every node is restarted in turn during writes', async () => {
    for (const host of [1, 2, 3]) {
      const writer = await start(1 + (host % 3), 'rolling', `w${host}`);
      await daemons[host - 1]!.stop();
      daemons[host - 1]!.start();
      await lab.oneRing();
      await more(writer);
      await killed(writer);
    }
    for (const writer of writers) await allHave(writer, 1, 2, 3);
  });

  it('a large checkpoint comes to a node without harm to the ring, and is written in one go', async () => {
    const size = 10_000_000;
    const data = Uint8Array.from({ length: size }, (_, i) => i * 31);
    await withCkpt(1, async (ckpt) => {
      const attributes = {
        creationFlags: CreationFlags.WR_ALL_REPLICAS,
        checkpointSize: 2 * size,
        retentionDuration: SA_TIME_END,
        maxSections: 2,
        maxSectionSize: size,
        maxSectionIdSize: 1,
      };
      const large = await ckpt.checkpointOpen('large', attributes, WRITE | CREATE, SA_TIME_END);
      for (const sectionId of ['a', 'b']) await large.sectionCreate({ sectionId }, data);
    });
    await daemons[2]!.stop();
    await daemons[0]!.on([1, 2]);
    daemons[2]!.start();
    const ring = await lab.oneRing();
    const writer = await start(1, 'beside', 'w');
    await withCkpt(3, async (ckpt) => {
      const large = await ckpt.checkpointOpen('large', null, READ, SA_TIME_END);
      for (const read of await large.read([{ sectionId: 'a' }, { sectionId: 'b' }])) {
        expect(Buffer.compare(read, data)).to.equal(0);
      }
    });
    await more(writer);
    expect(await lab.oneRing(), 'the ring that formed with the node').to.equal(ring);
  });
});
