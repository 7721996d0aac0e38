import { DEFAULT_RING_PARAMETERS } from '../totem/srp/parameters.js';
import type { Episode, Plan } from './plan.js';
import { PROBE_HEADER_BYTES } from './probe-message.js';

/** A plan's file is not one; its message says where and what is expected. */
export class PlanFileError extends Error {
  override readonly name = 'PlanFileError';
}

/** A plan as text: JSON with one node, episode or kind of traffic a line, to be read and changed by hand. */
export function writePlan(plan: Plan): string {
  const fields = Object.entries(plan).map(([name, value]) => {
    if (!Array.isArray(value) || value.length === 0) return `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`;
    const lines = value.map((entry) => `    ${JSON.stringify(entry)}`);
    return `  ${JSON.stringify(name)}: [\n${lines.join(',\n')}\n  ]`;
  });
  return `{\n${fields.join(',\n')}\n}\n`;
}

/** Reads what `writePlan` wrote, or a person. Throws a PlanFileError for the first thing that is wrong. */
export function readPlan(text: string): Plan {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PlanFileError(`the plan is no JSON: ${(error as Error).message}`);
  }
  const plan = new Place(value, 'the plan');
  for (const name of ['seed', 'netmtu', 'firstSeq', 'firstTokenSeq', 'slots', 'quietAt', 'boundMs', 'endAt']) {
    plan.number(name);
  }
  plan.boolean('byzantine');
  const nodes = plan.list('nodes');
  if (nodes.length === 0) throw new PlanFileError('nodes: a run needs at least one node');
  for (const node of nodes) {
    node.number('nodeId', 1);
    node.boolean('littleEndian');
    node.number('clockRate', 0.01);
    node.number('startAt');
    if (node.has('storedRingSeq')) node.number('storedRingSeq');
    if (node.has('tuning')) checkTuning(node.place('tuning'));
  }
  if (plan.has('apart')) checkGroups(plan, nodes.length);
  checkNetwork(plan.place('network'));
  checkParameters(plan.place('parameters'));
  for (const traffic of plan.list('traffic')) checkTraffic(traffic, nodes.length);
  for (const traffic of plan.list('services')) {
    traffic.text('service');
    traffic.position('node', nodes.length);
    for (const name of ['at', 'until', 'everyMs', 'safe']) traffic.number(name);
    traffic.number('clients', 1);
    for (const name of ['leastBytes', 'mostBytes']) traffic.number(name, PROBE_HEADER_BYTES);
  }
  const episodes = plan.list('episodes').map((episode) => checkEpisode(episode, nodes.length));
  return { ...(value as Plan), episodes };
}

function checkTuning(tuning: Place): void {
  for (const name of ['windowLeast', 'windowMost', 'maxMessagesMost']) tuning.number(name, 1);
  tuning.number('accelerated');
}

function checkNetwork(network: Place): void {
  network.oneOf('style', ['udpu', 'udp']);
  for (const name of ['latencyMs', 'jitterMs', 'selfLatencyMs', 'wakeMs']) network.number(name);
  for (const name of ['batchMost', 'queueFrames']) network.number(name, 1);
}

function checkGroups(plan: Place, nodes: number): void {
  const groups = plan.list('apart').map((_, i) => plan.place('apart').positions(`${i}`, nodes));
  const all = groups.flat();
  if (all.length === nodes && new Set(all).size === nodes) return;
  throw new PlanFileError('apart: every node has to be in one group');
}

function checkParameters(parameters: Place): void {
  for (const [name, value] of Object.entries(DEFAULT_RING_PARAMETERS)) {
    if (typeof value === 'number') parameters.number(name);
    else parameters.boolean(name);
  }
}

function checkTraffic(traffic: Place, nodes: number): void {
  traffic.position('node', nodes);
  for (const name of ['leastBytes', 'mostBytes']) traffic.number(name, PROBE_HEADER_BYTES);
  traffic.number('safe');
  switch (traffic.oneOf('kind', ['steady', 'burst', 'atChange'])) {
    case 'steady':
      for (const name of ['at', 'until', 'everyMs']) traffic.number(name);
      return;
    case 'burst':
      traffic.number('at');
      traffic.number('count');
      return;
    default:
      traffic.oneOf('moment', ['transitional', 'regular', 'synchronized']);
      traffic.number('count');
      traffic.boolean('now');
  }
}

const NODE_FAULTS = ['crash', 'leave', 'pause', 'jump'];
const FAULTS = [
  ...['loss', 'duplicate', 'reorder', 'delay', 'corrupt', 'cut', 'smallQueue', 'slowConsumer', 'linkDown'],
  ...NODE_FAULTS,
];

function checkEpisode(episode: Place, nodes: number): Episode {
  episode.number('at');
  const until = episode.field('until');
  if (until !== null) episode.number('until');
  const fault = episode.place('fault');
  const kind = fault.oneOf('kind', FAULTS);
  if (NODE_FAULTS.includes(kind)) fault.position('node', nodes);
  for (const name of ['from', 'to', 'nodes']) if (fault.has(name)) fault.positions(name, nodes);
  const numbers: Partial<Record<string, readonly string[]>> = {
    loss: ['probability'],
    duplicate: ['probability'],
    reorder: ['probability', 'delayMs'],
    delay: ['leastMs'],
    corrupt: ['probability'],
    smallQueue: ['frames'],
    slowConsumer: ['everyMs'],
    jump: ['byMs'],
  };
  for (const name of numbers[kind] ?? []) fault.number(name);
  if (kind === 'crash') fault.boolean('loseStore');
  if (kind === 'pause') fault.boolean('framesFirst');
  if (kind === 'corrupt') fault.oneOf('mode', ['evident', 'any']);
  if (kind === 'cut') for (const link of fault.list('links')) for (const end of ['0', '1']) link.position(end, nodes);
  if (['smallQueue', 'slowConsumer', 'linkDown'].includes(kind)) fault.positions('nodes', nodes);
  return { ...(episode.value as Episode), until: until === null ? Infinity : (until as number) };
}

/** A value in a file and where it is. */
class Place {
  constructor(
    readonly value: unknown,
    private readonly path: string,
  ) {
    if (typeof value !== 'object' || value === null) throw new PlanFileError(`${path}: expected an object or a list`);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.value as object, name);
  }

  field(name: string): unknown {
    if (!this.has(name)) throw new PlanFileError(`${this.path}: ${name} is missing`);
    return (this.value as Record<string, unknown>)[name];
  }

  place(name: string): Place {
    return new Place(this.field(name), `${this.path}, ${name}`);
  }

  list(name: string): Place[] {
    const value = this.field(name);
    if (!Array.isArray(value)) throw new PlanFileError(`${this.path}: ${name} has to be a list`);
    return value.map((entry, i) => new Place(entry, `${this.path}, ${name} ${i}`));
  }

  number(name: string, least = 0): number {
    const value = this.field(name);
    if (typeof value === 'number' && value >= least) return value;
    throw new PlanFileError(
      `${this.path}: ${name} has to be a number of at least ${least}, not ${JSON.stringify(value)}`,
    );
  }

  boolean(name: string): void {
    const value = this.field(name);
    if (typeof value === 'boolean') return;
    throw new PlanFileError(`${this.path}: ${name} has to be true or false, not ${JSON.stringify(value)}`);
  }

  text(name: string): void {
    const value = this.field(name);
    if (typeof value === 'string') return;
    throw new PlanFileError(`${this.path}: ${name} has to be a text, not ${JSON.stringify(value)}`);
  }

  oneOf(name: string, allowed: readonly string[]): string {
    const value = this.field(name);
    if (typeof value === 'string' && allowed.includes(value)) return value;
    throw new PlanFileError(
      `${this.path}: ${name} has to be one of ${allowed.join(', ')}, not ${JSON.stringify(value)}`,
    );
  }

  position(name: string, nodes: number): void {
    this.checkPosition(this.field(name), name, nodes);
  }

  positions(name: string, nodes: number): number[] {
    const value = this.field(name);
    if (!Array.isArray(value)) throw new PlanFileError(`${this.path}: ${name} has to be a list`);
    for (const entry of value as unknown[]) this.checkPosition(entry, name, nodes);
    return value as number[];
  }

  private checkPosition(value: unknown, name: string, nodes: number): void {
    if (Number.isInteger(value) && (value as number) >= 0 && (value as number) < nodes) return;
    const expected = `a node's position, 0 to ${nodes - 1}`;
    throw new PlanFileError(`${this.path}: ${name} has to be ${expected}, not ${JSON.stringify(value)}`);
  }
}
