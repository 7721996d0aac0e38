import { rm } from 'node:fs/promises';
import { styleFor } from '../commands/style.js';
import { Caretaker } from './caretaker.js';
import { DemoCluster } from './demo-cluster.js';
import type { Verdict } from './demo-cluster.js';
import type { DemoEvent } from './event-log.js';
import { EventLog } from './event-log.js';
import { runLive } from './live-run.js';
import type { DemoOptions } from './options.js';
import { makePlaces } from './places.js';
import { eventLine, runPlain } from './plain-run.js';

/**
 * Runs a cluster of three production daemons on this machine, by a person at a terminal or, without one, by itself for
 * a bounded time. Resolves to whether all nodes delivered the same order; no process and no file is left then.
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const live = !options.plain && isTerminal();
  const places = await makePlaces();
  const caretaker = new Caretaker(places.directory);
  const log = new EventLog();
  const tell = (event: DemoEvent): void => (live ? log.add(event) : print(event.atMs, eventLine(event)));
  const cluster = new DemoCluster(places, tell);
  let verdict: Verdict;
  try {
    if (!live) print(0, `three nodes start at 127.0.0.1, 127.0.0.2 and 127.0.0.3, UDP port ${places.port}`);
    cluster.start();
    verdict = live
      ? await runLive(cluster, options, log, styleFor(process.stdout), stop.signal)
      : await runPlain(cluster, options, print, stop.signal);
  } finally {
    await cluster.stop();
    await rm(places.directory, { recursive: true, force: true });
    await caretaker.finish();
  }
  process.stdout.write(`${verdict.text}\n`);
  return verdict.good;
}

function isTerminal(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true && process.env['TERM'] !== 'dumb';
}

function print(atMs: number, text: string): void {
  process.stdout.write(`${(atMs / 1000).toFixed(1).padStart(5)}s  ${text}\n`);
}
