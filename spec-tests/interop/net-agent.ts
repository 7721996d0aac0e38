/**
 * A transport in a process of its own, for net-interfaces.test.ts: told what to do over the channel to its parent, tells
 * what it sees. It ends with the channel.
 */
import { openTransport } from '../../core/net/open-transport.js';
import type { TransportOptions } from '../../core/net/options.js';
import type { Transport } from '../../core/net/transport.js';

export type Command =
  | { open: TransportOptions }
  | { multicast: string; toSelf: boolean }
  | { burst: readonly string[] }
  | { unicast: string; nodeId: number }
  | { counters: true };

export type Report =
  | { ready: true }
  | { opened: true }
  | { failed: string }
  | { up: boolean }
  | { frame: string }
  | { counters: Record<string, number> };

let transport: Transport | undefined;
const report = (what: Report): void => void process.send!(what);

function open(opened: Transport): void {
  transport = opened;
  const { frames } = opened;
  report({ opened: true });
  opened.open({
    receive(batch) {
      for (let i = 0; i < batch.count; i++) {
        const from = frames.offsetOf(batch.frames[i]!);
        report({ frame: Buffer.from(frames.bytes.slice(from, from + batch.lengths[i]!)).toString() });
        frames.release(batch.frames[i]!);
      }
    },
    interfaceChanged: (up) => report({ up }),
  });
}

function send(text: string, queue: (frame: number, length: number) => void): void {
  const bytes = Buffer.from(text);
  const frame = transport!.frames.allocate(bytes.length);
  transport!.frames.bytes.set(bytes, transport!.frames.offsetOf(frame));
  queue(frame, bytes.length);
  transport!.flush();
  transport!.frames.release(frame);
}

/** All of them leave with one flush. */
function sendBurst(texts: readonly string[]): void {
  const { frames } = transport!;
  const queued = texts.map((text) => {
    const frame = frames.allocate(text.length);
    frames.bytes.set(Buffer.from(text), frames.offsetOf(frame));
    transport!.multicast(frame, text.length, false);
    return frame;
  });
  transport!.flush();
  for (const frame of queued) frames.release(frame);
}

process.on('message', (command: Command) => {
  if ('open' in command) {
    openTransport(command.open).then(open, (error: Error) => report({ failed: error.message }));
  } else if ('multicast' in command) {
    send(command.multicast, (frame, length) => transport!.multicast(frame, length, command.toSelf));
  } else if ('burst' in command) {
    sendBurst(command.burst);
  } else if ('unicast' in command) {
    send(command.unicast, (frame, length) => transport!.unicast(frame, length, command.nodeId));
  } else {
    report({ counters: { ...transport!.counters } });
  }
});
process.on('disconnect', () => transport?.close());
report({ ready: true });
