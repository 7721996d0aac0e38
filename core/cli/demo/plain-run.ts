import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeStatus } from '../../host/node-status.js';
import type { DemoCluster, Verdict } from './demo-cluster.js';
import type { DemoNode } from './demo-node.js';
import type { DemoEvent } from './event-log.js';
import { NODE_IDS } from './places.js';

/** What everything besides the sending may take together: with the default it ends within 60 s, whatever happens. */
const BESIDES_MS = 30_000;
/** How long a change of the membership may take on a busy machine. */
const CHANGE_MS = 30_000;
const LOOK_MS = 50;
const LINE_MS = 1000;
/** The node that is killed and started again. */
const VICTIM = 3;

/** Prints a line that begins with the time since the start. */
export type PrintAt = (atMs: number, text: string) => void;

/** An event as a line. */
export function eventLine({ nodes, text }: DemoEvent): string {
  return nodes.length === 0 ? text : `[${nodes.join(' ')}] ${text}`;
}

/**
 * The demonstration without a person: the cluster forms, sends, loses a node, and takes it back. Resolves to what came
 * out, also when it did not go as it should. It ends after `seconds` and the time the changes take.
 */
export async function runPlain(
  cluster: DemoCluster,
  options: { readonly seconds: number; readonly rate: number },
  print: PrintAt,
  interrupt: AbortSignal,
): Promise<Verdict> {
  const stop = AbortSignal.any([interrupt, AbortSignal.timeout(options.seconds * 1000 + BESIDES_MS)]);
  const survivors = NODE_IDS.filter((id) => id !== VICTIM);
  const phaseMs = (options.seconds * 1000) / 3;
  const lines = setInterval(() => print(cluster.elapsedMs, summary(cluster)), LINE_MS);
  try {
    await until(cluster, () => cluster.isCluster(NODE_IDS), 'three nodes to form one ring', stop);
    print(cluster.elapsedMs, `the cluster has formed; each node sends ${options.rate} messages per second`);
    cluster.rate = options.rate;
    await sending(phaseMs, stop);
    cluster.kill(VICTIM);
    await until(cluster, () => cluster.isCluster(survivors), `nodes ${survivors.join(' and ')} to go on alone`, stop);
    await sending(phaseMs, stop);
    cluster.startAgain(VICTIM);
    await until(cluster, () => cluster.isCluster(NODE_IDS), `node ${VICTIM} to come back`, stop);
    await sending(phaseMs, stop);
    const verdict = await cluster.judge();
    print(cluster.elapsedMs, summary(cluster));
    return verdict;
  } catch (error) {
    return { good: false, text: `result: ${(error as Error).message}` };
  } finally {
    clearInterval(lines);
  }
}

/** The state of the cluster in one line: nodes of one state and ring together, their figures in the order of the nodes. */
export function summary(cluster: DemoCluster): string {
  const groups = new Map<string, DemoNode[]>();
  for (const node of cluster.nodes) {
    const { status, life } = node;
    const state = life === 'up' || life === 'starting' ? (status?.state ?? life) : life;
    const ring = status?.ringId === undefined ? '' : ` on ring ${status.ringId} [${status.members.join(' ')}]`;
    const key = `${state}${ring}`;
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  return [...groups]
    .map(([key, nodes]) => `${nodes.map(({ id }) => id).join(' ')}: ${key}${figures(cluster, nodes)}`)
    .join(' | ');
}

function figures(cluster: DemoCluster, nodes: readonly DemoNode[]): string {
  const each = (figure: (status: NodeStatus) => string): string =>
    nodes.map(({ status }) => (status === undefined ? '-' : figure(status))).join(' ');
  if (nodes.every(({ status }) => status?.ringId === undefined)) return '';
  const digests = nodes.flatMap(({ id }) => cluster.check.progress(id) ?? []);
  const order = [...new Set(digests.map(({ commonPosition, digest }) => `#${commonPosition} ${digest}`))].join(' and ');
  return [
    `, token ${each(({ rotationMs }) => rotationMs.toFixed(2))} ms`,
    `, sent/s ${each(({ rates }) => `${Math.round(rates.sent)}`)}`,
    `, delivered/s ${each(({ rates }) => `${Math.round(rates.delivered)}`)}`,
    order === '' ? '' : `, digest ${order}`,
  ].join('');
}

async function until(cluster: DemoCluster, holds: () => boolean, what: string, stop: AbortSignal): Promise<void> {
  for (const end = performance.now() + CHANGE_MS; !holds();) {
    const failed = cluster.nodes.find(({ life }) => life === 'failed');
    if (failed !== undefined) throw new Error(`node ${failed.id} has ended by itself; its log is above`);
    if (performance.now() > end) {
      throw new Error(`waited ${CHANGE_MS / 1000} s in vain for ${what} (${summary(cluster)})`);
    }
    await pause(LOOK_MS, stop);
  }
}

const sending = pause;

async function pause(ms: number, stop: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal: stop });
  } catch {
    const late = (stop.reason as Error).name === 'TimeoutError';
    throw new Error(late ? 'it took too long: this machine is too busy for it' : 'interrupted');
  }
}
