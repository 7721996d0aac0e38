/**
 * Frames between two transports in two processes over the loopback interface: `npx tsx bench/net.ts [seconds]`.
 * Prints one JSON line a run: frames delivered a second with a window of unacknowledged frames, and the time of one hop
 * of a small frame that is sent back and forth.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openTransport } from '../core/net/open-transport.js';
import type { FrameBatch, Transport } from '../core/net/transport.js';

const FRAME_BYTES = 1400;
/** Frames sent and not acknowledged; small enough for the receive buffer of an unprivileged process. */
const WINDOW = 128;
const ACK_EVERY = 32;
const SENDER = 1;
const RECEIVER = 2;

function open(nodeId: number, port: number, segmentation: boolean): Promise<Transport> {
  return openTransport({
    transport: 'udpu',
    nodeId,
    localAddress: `127.0.0.${nodeId}`,
    port,
    peers: [SENDER, RECEIVER].map((id) => ({ nodeId: id, address: `127.0.0.${id}` })),
    blockUnlistedIps: true,
    netmtu: 1500,
    downcheck: 1000,
    segmentation,
  });
}

function release(transport: Transport, batch: FrameBatch): void {
  for (let i = 0; i < batch.count; i++) transport.frames.release(batch.frames[i]!);
}

/** Opens and waits until the interface is known to be up; then frames go to `receive`. */
function start(transport: Transport, receive: (batch: FrameBatch) => void): Promise<void> {
  return new Promise((resolve) => transport.open({ receive, interfaceChanged: () => resolve() }));
}

async function receiver(port: number, segmentation: boolean): Promise<void> {
  const transport = await open(RECEIVER, port, segmentation);
  const ack = transport.frames.allocate(64);
  const { view } = transport.frames;
  let frames = 0;
  let acknowledged = 0;
  await start(transport, (batch) => {
    release(transport, batch);
    // A small frame is a ping: back at once.
    if (batch.lengths[batch.count - 1]! < FRAME_BYTES) {
      frames = 0;
      acknowledged = 0;
    } else {
      frames += batch.count;
      if (frames - acknowledged < ACK_EVERY) return;
      acknowledged = frames;
    }
    view.setFloat64(transport.frames.offsetOf(ack), frames);
    transport.unicast(ack, 64, SENDER);
    transport.flush();
  });
  process.send!('ready');
  await once(process, 'disconnect');
  transport.close();
}

async function measureHop(transport: Transport, rounds: number, onAck: (ack: () => void) => void): Promise<number> {
  const ping = transport.frames.allocate(64);
  const send = (): void => {
    transport.unicast(ping, 64, RECEIVER);
    transport.flush();
  };
  let left = rounds;
  const begin = process.hrtime.bigint();
  await new Promise<void>((resolve) => {
    onAck(() => (--left === 0 ? resolve() : send()));
    send();
  });
  transport.frames.release(ping);
  return Number(process.hrtime.bigint() - begin) / 1000 / rounds / 2;
}

async function sender(port: number, seconds: number, segmentation: boolean): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), ['receiver', String(port), String(segmentation)]);
  await once(child, 'message');
  const transport = await open(SENDER, port, segmentation);
  let acknowledged = 0;
  let onAck = (): void => {};
  await start(transport, (batch) => {
    const { frames } = transport;
    acknowledged = frames.view.getFloat64(frames.offsetOf(batch.frames[batch.count - 1]!));
    release(transport, batch);
    onAck();
  });
  const hop = await measureHop(transport, 20000, (ack) => (onAck = ack));

  const frame = transport.frames.allocate(FRAME_BYTES);
  let sent = 0;
  acknowledged = 0;
  const fill = (): void => {
    while (sent - acknowledged < WINDOW) {
      transport.multicast(frame, FRAME_BYTES, false);
      sent++;
    }
    transport.flush();
  };
  const begin = process.hrtime.bigint();
  onAck = fill;
  fill();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  onAck = () => {};
  const elapsed = Number(process.hrtime.bigint() - begin) / 1e9;
  const framesPerSecond = Math.round(acknowledged / elapsed);
  const lost = transport.counters['sendBufferFull'];
  console.log(
    JSON.stringify({
      bench: 'net',
      transport: 'udpu',
      segmentation,
      frameBytes: FRAME_BYTES,
      framesPerSecond,
      megabytesPerSecond: Math.round((framesPerSecond * FRAME_BYTES) / 1e6),
      hopMicroseconds: Number(hop.toFixed(1)),
      lost,
    }),
  );
  transport.close();
  child.disconnect();
  await once(child, 'exit');
}

if (process.argv[2] === 'receiver') {
  await receiver(Number(process.argv[3]), process.argv[4] === 'true');
} else {
  for (const segmentation of [false, true]) await sender(15405, Number(process.argv[2] ?? 3), segmentation);
}
