import { expect } from 'chai';
import { SA_TIME_END } from 'chorale/sdk';
import { Random } from '../../core/sim/random.js';
import type { MsgQueue } from '../../plugins/msg/index.js';
import { MsgCluster, PERSISTENT, ms, text, textOf } from './msg-cluster.js';
import type { MsgProcess } from './msg-cluster.js';

const NODES = [1, 2, 3, 4];
const NAMES = ['P', 'Q'];
const STEPS = 100;
const ROOM = { creationFlags: PERSISTENT, size: [1e6, 1e6, 1e6, 1e6] };
/** MSG_SEED: run only this one; MSG_SEEDS: so many more. */
const { MSG_SEED, MSG_SEEDS = '1' } = process.env;
const more = Array.from({ length: Number(MSG_SEEDS) }, () => Math.floor(Math.random() * 1e9));
const SEEDS = MSG_SEED === undefined ? [1, 2, 3, 4, 469065680, ...more] : [Number(MSG_SEED)];

interface Sender {
  readonly node: number;
  readonly process: MsgProcess;
  sent: number;
}

/** A reader of one queue, with one messageGet under way. */
interface Reader {
  readonly node: number;
  readonly process: MsgProcess;
  readonly name: string;
  readonly queue: MsgQueue;
  gone: boolean;
}

/** Senders, and a reader a queue, while nodes come and go. Messages are `QUEUE SENDER NUMBER`. */
class Run {
  readonly senders: Sender[] = [];
  readonly readers: Reader[] = [];
  readonly down = new Set<number>();
  readonly stored = new Set<string>();
  readonly got: string[] = [];
  /** Calls of readers that were killed in them: each may have had a message. */
  killedInGet = 0;
  private hired = 0;

  constructor(
    readonly all: MsgCluster,
    readonly random: Random,
  ) {}

  get up(): number[] {
    return NODES.filter((node) => !this.down.has(node));
  }

  async hire(node: number): Promise<void> {
    this.senders.push({ node, process: await this.all.process(node), sent: 0 });
    this.hired++;
  }

  send(sender: Sender): void {
    const name = this.random.pick(NAMES);
    const body = `${name} ${this.hired}.${this.senders.indexOf(sender)}.${sender.node} ${sender.sent++}`;
    sender.process.msg.messageSend(name, text(body), SA_TIME_END).then(
      () => this.stored.add(body),
      (thrown: unknown) => {
        if (this.senders.includes(sender)) throw thrown;
      },
    );
  }

  /** Has a process read this queue, if nobody does. */
  async read(name: string, node: number): Promise<void> {
    if (this.readers.some((reader) => reader.name === name && !reader.gone)) return;
    const process = await this.all.process(node);
    const reader: Reader = { node, process, name, queue: await process.open(name, ROOM), gone: false };
    this.readers.push(reader);
    const next = (): void => {
      reader.queue.messageGet(this.random.chance(0.3) ? ms(this.random.between(1, 30)) : SA_TIME_END).then(
        ({ message }) => {
          this.got.push(textOf(message.data));
          if (!reader.gone) next();
        },
        (thrown: unknown) => {
          if (reader.gone) return;
          expect((thrown as Error).message).to.match(/ERR_TIMEOUT/);
          next();
        },
      );
    };
    next();
  }

  lose(node: number): void {
    for (const sender of this.senders.filter((one) => one.node === node)) {
      this.senders.splice(this.senders.indexOf(sender), 1);
    }
    for (const reader of this.readers.filter((one) => one.node === node && !one.gone)) this.loseReader(reader);
  }

  loseReader(reader: Reader): void {
    reader.gone = true;
    this.killedInGet++;
  }

  /** Every node knows the same. */
  checkAgreement(): void {
    const [first, ...others] = this.all.states(...this.up);
    for (const other of others) expect(other).to.deep.equal(first);
  }

  /** Takes what is left, and compares what came with what was stored. */
  async checkMessages(): Promise<void> {
    for (const reader of this.readers.filter(({ gone }) => !gone)) {
      reader.gone = true;
      await this.all.ais.outcome(() => reader.queue.messageCancel());
      await this.all.ais.quiet();
      await this.all.ais.settled(reader.queue.close());
    }
    const last = await this.all.process(this.up[0]);
    for (const name of NAMES) this.got.push(...(await last.drain(await last.open(name, ROOM))));
    expect(new Set(this.got).size, 'nothing came twice').to.equal(this.got.length);
    const lost = [...this.stored].filter((body) => !this.got.includes(body));
    expect(lost.length, `lost: ${lost.join(', ')}`).to.be.at.most(this.killedInGet);
    expect(this.stored.size).to.be.greaterThan(0);
  }

  /** The messages of one sender to one queue came in their order. */
  checkOrder(): void {
    const last = new Map<string, number>();
    for (const body of this.got) {
      const [queue, sender, number] = body.split(' ') as [string, string, string];
      const before = last.get(`${queue} ${sender}`) ?? -1;
      expect(Number(number), body).to.be.greaterThan(before);
      last.set(`${queue} ${sender}`, Number(number));
    }
  }
}

async function begin(seed: number, label: string, readAt: readonly number[]): Promise<Run> {
  const run = new Run(await MsgCluster.of(NODES, { seed }), new Random(seed, label));
  for (const node of NODES) await run.hire(node);
  for (const [index, name] of NAMES.entries()) await run.read(name, readAt[index]!);
  return run;
}

describe('MSG in simulated clusters', () => {
  for (const seed of SEEDS) {
    it(`loses no stored message and gives none twice, with readers and nodes killed (seed ${seed})`, async () => {
      const run = await begin(seed, 'crashes', [1, 2]);
      const { cluster } = run.all.ais;
      for (let step = 0; step < STEPS; step++) {
        const chance = run.random.fraction();
        const readers = run.readers.filter(({ gone }) => !gone);
        if (chance < 0.04 && run.down.size === 0) {
          const node = run.random.pick(run.up);
          run.lose(node);
          cluster.crash(node);
          run.down.add(node);
        } else if (chance < 0.1 && run.down.size > 0) {
          const [node] = run.down;
          run.down.delete(node!);
          cluster.start(node!);
          // It may be that nobody else has what it is to have until it is there.
          await cluster.formed(...NODES);
        } else if (chance < 0.13 && readers.length > 0) {
          const reader = run.random.pick(readers);
          run.loseReader(reader);
          reader.process.program.kill();
        } else if (run.senders.length > 0) run.send(run.random.pick(run.senders));
        await cluster.run(run.random.below(40));
        if (step % 25 !== 24) continue;
        await cluster.formed(...run.up);
        await run.all.ais.quiet();
        run.checkAgreement();
        for (const node of run.up) if (!run.senders.some((one) => one.node === node)) await run.hire(node);
        for (const name of NAMES) await run.read(name, run.random.pick(run.up));
      }
      await cluster.formed(...run.up);
      await run.all.ais.quiet(500);
      run.checkAgreement();
      await run.checkMessages();
      run.checkOrder();
    });

    it(`has every message once after partitions (seed ${seed})`, async () => {
      const run = await begin(seed, 'partitions', [1, 2]);
      const { cluster } = run.all.ais;
      for (let step = 0; step < STEPS; step++) {
        const chance = run.random.fraction();
        if (chance < 0.08) {
          const shuffled = run.random.shuffled(NODES);
          const cut = run.random.between(1, NODES.length - 1);
          cluster.partition(shuffled.slice(0, cut), shuffled.slice(cut));
        } else if (chance < 0.12) cluster.partition();
        else run.send(run.random.pick(run.senders));
        // Sometimes long enough for a ring to form and synchronize.
        await cluster.run(run.random.below(chance < 0.12 ? 4000 : 60));
        if (step % 25 !== 24) continue;
        cluster.partition();
        await run.all.ais.quiet(3000);
        await cluster.formed(...NODES);
        await run.all.ais.quiet(500);
        run.checkAgreement();
      }
      await run.checkMessages();
      expect(run.killedInGet).to.equal(0);
    });
  }
});
