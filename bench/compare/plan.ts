import type { Transport } from '../ring/cluster-config.js';
import type { System } from '../ring/daemon-process.js';

/** What can be asked for by name. The first four are of three nodes on udpu, the others do the same on other rings. */
export const SECTIONS = ['flood', 'ping', 'engine', 'idle', 'nodes', 'multicast', 'knet', 'large-ring'] as const;
export type Section = (typeof SECTIONS)[number];

export const SYSTEMS: readonly System[] = ['chorale', 'corosync'];

/** What the daemons of a step form. */
export interface Ring {
  readonly name: string;
  readonly nodes: number;
  /** By whose daemons: Corosync's default transport is one that Chorale does not have. */
  readonly transports: Readonly<Record<System, Transport>>;
}

/** What is measured on a ring. Sizes are bytes. */
export type Work =
  /** Nothing is asked of the daemons. */
  | { readonly kind: 'idle'; readonly seconds: number }
  /** A libcpg program sends as fast as its daemon takes it. */
  | { readonly kind: 'flood'; readonly size: number; readonly seconds: number }
  /** A libcpg program sends one message at a time, and waits for its own delivery. */
  | { readonly kind: 'ping'; readonly size: number; readonly count: number }
  /** The same while another node's program floods. */
  | { readonly kind: 'loaded ping'; readonly size: number; readonly floodSize: number; readonly seconds: number }
  /** Every daemon multicasts as fast as it may: pload. */
  | { readonly kind: 'load'; readonly size: number; readonly seconds: number };

/** One row of the matrix: what is measured where, and how often by each system. */
export interface Job {
  readonly section: Section;
  readonly ring: Ring;
  readonly work: Work;
  readonly runs: number;
}

/** What one system does in one go. Loads end Corosync's daemons, so that each is a step of its own. */
export interface Step {
  readonly ring: Ring;
  readonly system: System;
  /** From 1. */
  readonly run: number;
  readonly jobs: readonly Job[];
}

export interface PlanOptions {
  readonly sections: ReadonlySet<Section>;
  /** Of the ring of three nodes on udpu. */
  readonly mainRuns: number;
  readonly otherRuns: number;
  /** How long a flood lasts on the ring of three nodes on udpu; two thirds of it elsewhere. */
  readonly seconds: number;
  readonly idleSeconds: number;
}

const ring = (name: string, nodes: number, ours: Transport, theirs = ours): Ring => ({
  name,
  nodes,
  transports: { chorale: ours, corosync: theirs },
});

export const MAIN_RING = ring('3 nodes, udpu', 3, 'udpu');
export const LARGE_RING = ring('32 nodes, udp', 32, 'udp');
const OTHER_RINGS: readonly (readonly [Section, Ring])[] = [
  ['nodes', ring('2 nodes, udpu', 2, 'udpu')],
  ['nodes', ring('8 nodes, udpu', 8, 'udpu')],
  ['multicast', ring('3 nodes, udp', 3, 'udp')],
  ['knet', ring('3 nodes, udpu against knet', 3, 'udpu', 'knet')],
];
const FLOOD_SIZES = [64, 1000, 8192, 65_536, 500_000];
const PING_SIZES = [64, 1000, 8192];
const LOAD_SIZES = [64, 1000];
const PINGS = 2000;
const LOADED_PING_SECONDS = 3;
/** A load begins on processes that are cold: it lasts longer than a flood by this. */
const LOAD_LONGER = 5 / 3;

/** The jobs of these sections, in the order of the table. */
export function planOf(options: PlanOptions): Job[] {
  const { sections, mainRuns, otherRuns, seconds, idleSeconds } = options;
  const shorter = (seconds * 2) / 3;
  const jobs: Job[] = [];
  const add = (section: Section, on: Ring, runs: number, ...works: Work[]): void => {
    if (sections.has(section)) for (const work of works) jobs.push({ section, ring: on, runs, work });
  };
  const floods = (length: number): Work[] => FLOOD_SIZES.map((size) => ({ kind: 'flood', size, seconds: length }));
  const loads = (length: number): Work[] =>
    LOAD_SIZES.map((size) => ({ kind: 'load', size, seconds: length * LOAD_LONGER }));
  add('flood', MAIN_RING, mainRuns, ...floods(seconds));
  add('ping', MAIN_RING, mainRuns, ...PING_SIZES.map((size): Work => ({ kind: 'ping', size, count: PINGS })));
  add('ping', MAIN_RING, mainRuns, { kind: 'loaded ping', size: 64, floodSize: 1000, seconds: LOADED_PING_SECONDS });
  add('engine', MAIN_RING, mainRuns, ...loads(seconds));
  add('idle', MAIN_RING, otherRuns, { kind: 'idle', seconds: idleSeconds });
  for (const [section, other] of OTHER_RINGS) {
    add(section, other, otherRuns, ...floods(shorter));
    add(section, other, otherRuns, { kind: 'ping', size: 64, count: PINGS });
    add(section, other, otherRuns, ...loads(shorter));
    // What an idle node costs differs by transport, not by the number of nodes.
    if (section === 'knet') add(section, other, 1, { kind: 'idle', seconds: idleSeconds });
  }
  add('large-ring', LARGE_RING, otherRuns, { kind: 'load', size: 64, seconds: seconds * LOAD_LONGER });
  return jobs;
}

/** What happens on a fresh ring is done in this order: idle before anything has been allocated, floods last. */
const ORDER: readonly Work['kind'][] = ['idle', 'ping', 'flood', 'loaded ping'];

/**
 * The steps of all jobs. Each run goes through all rings before the next one begins, so that what is measured until an
 * abortion is a whole table; the systems take turns within a run, and the other one begins in the next.
 */
export function stepsOf(jobs: readonly Job[]): Step[] {
  const steps: Step[] = [];
  const rings = [...new Set(jobs.map((job) => job.ring))];
  const runs = Math.max(0, ...jobs.map((job) => job.runs));
  for (let run = 1; run <= runs; run++) {
    const systems = run % 2 === 1 ? SYSTEMS : [...SYSTEMS].reverse();
    for (const on of rings) {
      const due = jobs.filter((job) => job.ring === on && job.runs >= run);
      const clients = ORDER.flatMap((kind) => due.filter(({ work }) => work.kind === kind));
      const loads = due.filter(({ work }) => work.kind === 'load').map((job) => [job]);
      for (const together of [clients, ...loads]) {
        if (together.length === 0) continue;
        for (const system of systems) steps.push({ ring: on, system, run, jobs: together });
      }
    }
  }
  return steps;
}

/** About how long a step takes, in seconds: its works, and what forming a ring and starting programs needs. */
export function secondsOf(step: Step): number {
  const forming = 0.8 + 0.2 * step.ring.nodes;
  // At its end a load is accepted by every node for some time ahead, and that has to be delivered.
  const draining = step.jobs.some(({ work }) => work.kind === 'load') ? 0.008 * step.ring.nodes ** 2 : 0;
  const warming = step.jobs.some(({ work }) => work.kind !== 'load' && work.kind !== 'idle') ? WARM_UP.seconds : 0;
  return step.jobs.reduce((sum, { work }) => sum + secondsOfWork(work), forming + draining + warming);
}

/** What a program on each ring's first node does before anything but idleness is measured; about how long that takes. */
export const WARM_UP = { floodSeconds: 0.5, pings: 1000, seconds: 1 };

function secondsOfWork(work: Work): number {
  switch (work.kind) {
    case 'ping':
      return 0.3 + work.count * 0.0003;
    case 'idle':
      return work.seconds + 1;
    default:
      return work.seconds + 0.5;
  }
}

/** How a work is called in tables, and in the file of results. */
export function nameOf(work: Work): string {
  switch (work.kind) {
    case 'idle':
      return 'idle';
    case 'loaded ping':
      return `ping ${sizeText(work.size)} beside a flood of ${sizeText(work.floodSize)}`;
    case 'load':
      return `load ${sizeText(work.size)}`;
    default:
      return `${work.kind} ${sizeText(work.size)}`;
  }
}

/** 64 B, 8 KiB, 500 KB. */
export function sizeText(bytes: number): string {
  if (bytes >= 1024 && bytes % 1024 === 0) return `${bytes / 1024} KiB`;
  if (bytes >= 10_000 && bytes % 1000 === 0) return `${bytes / 1000} KB`;
  return `${bytes} B`;
}
