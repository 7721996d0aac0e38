import { expect } from 'chai';
import { daemonRow } from '../ais/row-report.js';
import { ServiceLab } from './ais-lab.js';
import type { LabProgram } from './ais-lab.js';
import { eventually } from './lab.js';

const QUEUE = 'jobs';

/**
 * The Message Service in real daemons on three hosts. On each a program sends to one persistent queue, through everything that
 * happens; one program at a time reads it. At the end each message that was answered was read once, in its sender's order.
 */
describe('MSG on three hosts', function () {
  this.timeout(120_000);
  const hosts = ServiceLab.of(this, ['chorale/msg'], 'ais-messages.ts');
  const senders: LabProgram[] = [];
  /** All that there were, one after the other. */
  const readers: LabProgram[] = [];
  /** Reads that may have been on their way to a reader that ended: such a message counts as got. */
  let readsCutOff = 0;

  const read = async (host: number): Promise<void> => {
    readers.push(await hosts.start(host, 'read', QUEUE));
  };
  const stopReading = async (): Promise<void> => {
    readsCutOff++;
    await readers.at(-1)!.kill();
  };
  const goesOn = async (...programs: LabProgram[]): Promise<void> => {
    await Promise.all([readers.at(-1)!.more('got', 30), ...programs.map((program) => program.more('sent', 30))]);
  };
  const answered = (): string[] => hosts.programs.flatMap((program) => program.said('sent'));
  const got = (): string[] => readers.flatMap((reader) => reader.said('got'));

  before(async () => {
    await read(1);
    for (const host of [1, 2, 3]) senders.push(await hosts.start(host, 'send', QUEUE, `s${host}`));
    await goesOn(...senders);
  });

  daemonRow(['COM-FIN-08', 'MSG-SEND-01', 'MSG-SEND-09'], 'a sender and a reader are killed', async () => {
    const victim = await hosts.start(2, 'send', QUEUE, 'victim');
    await victim.more('sent', 20);
    await victim.kill();
    await stopReading();
    // Nobody reads: they wait in the queue.
    await senders[0]!.more('sent', 20);
    await read(3);
    await goesOn(...senders);
  });

  daemonRow(['MSG-SEND-08'], 'the node of the reader is killed, another one reads on, and it comes back', async () => {
    await hosts.killNode(3, 1, 2);
    await stopReading();
    await senders[0]!.more('sent', 20);
    await read(2);
    await goesOn(senders[0]!, senders[1]!);
    await hosts.startNode(3);
    await goesOn(...senders);
    expect(senders[2]!.said('lost')).to.have.length(1);
  });

  daemonRow([], 'both sides of a partition send, one reads; then they meet', async () => {
    await hosts.part([1], [2, 3]);
    await goesOn(...senders);
    await hosts.meet();
    await goesOn(...senders);
  });

  daemonRow([], 'every node is restarted in turn', async () => {
    await hosts.restartAll(async (host) => {
      // With its daemon the reader opens it again.
      if (host === 2) readsCutOff++;
      await goesOn(...senders);
    });
  });

  daemonRow(['MSG-GET-11'], 'what was answered was read once, in the order of its sender', async () => {
    for (const sender of senders) await sender.kill();
    const sent = answered();
    expect(sent.length).to.be.greaterThan(500);
    const missing = (): string[] => {
      const read = new Set(got());
      return sent.filter((text) => !read.has(text));
    };
    await eventually('the rest', () => missing().length <= readsCutOff).catch(() => {
      expect.fail(`not read of ${sent.length}: ${missing().join(', ')}`);
    });
    const texts = got();
    expect(new Set(texts).size, 'messages twice').to.equal(texts.length);
    const last = new Map<string, number>();
    for (const text of texts) {
      const [tag = '', number] = text.split(' ');
      expect(Number(number), `${text}, after ${last.get(tag)}`).to.be.greaterThan(last.get(tag) ?? 0);
      last.set(tag, Number(number));
    }
  });
});
