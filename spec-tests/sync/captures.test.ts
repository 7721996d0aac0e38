import { expect } from 'chai';
import { silentLogger } from '../../core/base/logger.js';
import { MessageView } from '../../core/base/message-view.js';
import { decodeServiceIds, encodeBarrier, encodeServiceBuild, isForRing } from '../../core/sync/messages.js';
import { SyncEngine } from '../../core/sync/sync-engine.js';
import { Packing } from '../../core/totem/pg/packing.js';
import { capturedRings } from '../totem-pg/captured-rings.js';
import type { CapturedRing } from '../totem-pg/captured-rings.js';
import { FakePort } from '../totem-pg/fake-ring.js';
import { TestParticipant } from './nodes.js';

const SERVICE_BUILD = 1;

/** Rings whose whole synchronization was captured, by file: their id and their members. */
const complete: readonly (readonly [string, string, readonly number[]])[] = [
  ['udp-form.pcap', '1.5', [1]],
  ['udp-form.pcap', '2.5', [2]],
  ['udp-form.pcap', '3.5', [3]],
  ['udp-form.pcap', '1.9', [1, 2, 3]],
  ['udpu-form.pcap', '1.9', [1, 2, 3]],
  ['udp-leave.pcap', '1.d', [1, 2]],
  ['udpu-leave.pcap', '1.d', [1, 2]],
  ['udp-rejoin.pcap', '1.11', [1, 2, 3]],
  ['udpu-rejoin.pcap', '1.11', [1, 2, 3]],
  ['udp-kill.pcap', '1.15', [1, 2]],
  ['udpu-kill.pcap', '1.15', [1, 2]],
  ['udp-partition.pcap', '1.1d', [1]],
  ['udpu-partition.pcap', '2.1d', [2, 3]],
  ['udp-merge.pcap', '1.21', [1, 2, 3]],
  ['udpu-merge.pcap', '1.21', [1, 2, 3]],
  ['udp-recovery.pcap', '2.11', [2, 3]],
  ['udpu-recovery.pcap', '2.d', [2, 3]],
  ['udpu-shutdown.pcap', '1.1a', [1, 3]],
];

function named(file: string, name: string): CapturedRing {
  const ring = capturedRings(file).rings.find(
    ({ representative, seq }) => `${representative}.${seq.toString(16)}` === name,
  );
  if (ring === undefined) throw new Error(`no ring ${name} in ${file}`);
  return ring;
}

describe('synchronization of real Corosync nodes', () => {
  for (const [file, name, members] of complete) {
    it(`is followed from the first message to the last: ring ${name} of ${file}`, () => {
      const ring = named(file, name);
      expect(ring.senders).to.deep.equal(members);
      const port = new FakePort(9);
      const packing = new Packing(port, { logger: silentLogger });
      const log: string[] = [];
      const engine = new SyncEngine({
        totem: packing,
        participants: [0, 2, 3].map((id) => new TestParticipant(id, log)),
        logger: silentLogger,
        onComplete: () => log.push('complete'),
      });
      const sync: MessageView[] = [];
      packing.join('a', () => undefined);
      packing.start();
      port.install({ ringId: ring, members, frames: [] }, [], 0);
      for (const { sender, payload } of ring.frames) {
        port.deliver({ sender, payload, littleEndian: true });
        port.passed();
        sync.push(...syncMessages(payload));
      }
      expect(log.filter((line) => !line.startsWith('init'))).to.deep.equal([
        'process 0',
        'activate 0',
        'process 2',
        'activate 2',
        'process 3',
        'activate 3',
        'complete',
      ]);
      expect(engine.counters).to.deep.equal({ otherRing: 0, malformed: 0, violations: 0 });
      expect(engine.running).to.equal(false);

      // The same messages, written here, are the same bytes.
      expect(sync).to.have.length(members.length * 5);
      for (const message of sync) {
        expect(isForRing(message, ring)).to.equal(true);
        const ids = message.i32(0) === SERVICE_BUILD ? [...decodeServiceIds(message)!] : undefined;
        const mine = ids === undefined ? encodeBarrier(ring, true) : encodeServiceBuild(ring, ids, true);
        if (ids !== undefined) expect(ids).to.deep.equal([0, 2, 3, 5]);
        expect(Buffer.compare(mine, message.copy(0, message.length))).to.equal(0);
      }
    });
  }
});

/** The `sync` messages in a packet whose messages are all whole. */
function syncMessages(payload: Uint8Array): MessageView[] {
  const packet = MessageView.over(payload);
  const messages: MessageView[] = [];
  const count = packet.u16(6);
  let at = 8 + 2 * count;
  for (let i = 0; i < count; i++) {
    const length = packet.u16(8 + 2 * i);
    if (packet.u16(at + 2) === 4) messages.push(MessageView.over(packet.copy(at + 8, length - 8)));
    at += length;
  }
  return messages;
}
