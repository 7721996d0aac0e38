import type { TuningLimits } from '../host/node-options.js';
import type { RingParameters } from '../totem/srp/parameters.js';
import { DEFAULT_RING_PARAMETERS } from '../totem/srp/parameters.js';
import { EpisodeGenerator } from './generate-episodes.js';
import type { FaultKind } from './generate-episodes.js';
import type { NetworkTraits } from './network.js';
import type { Plan, PlannedNode, ServiceTraffic, Traffic } from './plan.js';
import { Random } from './random.js';

/** What a run is to be like; what is missing is drawn by the seed. */
export interface PlanOptions {
  readonly nodes?: number;
  /** Virtual milliseconds from the start to the end of faults. */
  readonly faultsMs?: number;
  /** Only these kinds of faults. */
  readonly faults?: readonly FaultKind[];
  /** Whether bits may flip anywhere. */
  readonly byzantine?: boolean;
}

/** Shorter than Corosync's default, so that more membership changes fit in a minute of virtual time. */
const QUICK: RingParameters = {
  ...DEFAULT_RING_PARAMETERS,
  tokenMs: 1000,
  tokenRetransmitMs: 238,
  holdMs: 180,
  consensusMs: 1200,
};

/** Where sequence numbers may begin: their wrap-around, the middle, where Corosync compares in another way, and zero. */
/** Ring sequences are 64 bits long; these are where a half of them wraps around, or its sign changes. */
const RING_SEQUENCE_STARTS = [0xffff, 0x7fffffff, 0xffffffff, 0x1_0000_0000];

const SEQUENCE_STARTS = [0, 0x7fffffff, 0xffffffff, 0x80000000, 0x8000ffff, 0x10000, 0xffff];

/** Draws a run from its seed. */
export function generatePlan(seed: number, options: PlanOptions = {}): Plan {
  const random = new Random(seed, 'plan');
  const nodes = drawNodes(random.split('nodes'), options.nodes);
  const parameters = drawParameters(random.split('parameters'), nodes.length);
  const network = drawNetwork(random.split('network'), nodes.length);
  const netmtu = random.split('netmtu').pick([1500, 1500, 1500, 600, 300, 9000]);
  const { tokenMs, consensusMs } = parameters;
  const quick = tokenMs <= 1000;
  const quietAt = options.faultsMs ?? (quick ? 38_000 : 60_000);
  const boundMs = settlingBound(parameters, nodes.length);
  const sequences = random.split('sequences');
  const plan = {
    seed,
    nodes,
    network,
    parameters,
    netmtu,
    firstSeq: drawSequence(sequences),
    firstTokenSeq: drawSequence(sequences),
    slots: netmtu > 1500 ? 2048 : 8192,
    quietAt,
    boundMs,
    endAt: quietAt + boundMs + 2000,
    ...drawApart(random.split('apart'), nodes.length),
    byzantine: options.byzantine ?? (options.faults === undefined && random.split('byzantine').chance(0.01)),
  };
  const episodes = new EpisodeGenerator(
    random.split('faults'),
    nodes.length,
    quietAt,
    tokenMs,
    consensusMs,
    plan.byzantine,
    options.faults,
  );
  // Rings that nobody talks on have to find each other too.
  const silentFrom = random.split('silence').chance(0.15) ? quietAt * 0.6 : quietAt;
  return {
    ...plan,
    episodes: episodes.draw(),
    traffic: drawTraffic(random.split('traffic'), nodes.length, quietAt, netmtu, silentFrom),
    services: plan.byzantine
      ? []
      : [
          ...drawServices(random.split('services'), nodes, silentFrom),
          ...drawQuorum(random.split('quorum'), nodes, silentFrom),
          ...drawAis(random.split('ais'), nodes, silentFrom),
        ],
  };
}

/**
 * The bound of liveness: so long after the last fault there is one ring of all. A node that lost the token needs the
 * token's time-out to notice and the consensus time-out to give up who is silent; rings that formed apart find each other
 * by a merge, perhaps while another change is still under way, so that it takes several rounds.
 */
export function settlingBound({ tokenMs, consensusMs }: RingParameters, nodes: number): number {
  return 4 * (tokenMs + consensusMs) + 500 * nodes + 5000;
}

function drawNodes(random: Random, wanted: number | undefined): PlannedNode[] {
  const count = wanted ?? drawCount(random);
  const ids = new Set<number>();
  const farApart = random.chance(0.3);
  while (ids.size < count) ids.add(farApart ? 1 + random.below(0xfffffffe) : ids.size + 1);
  const skewed = random.chance(0.4);
  const together = random.chance(0.4);
  const mixed = random.split('byte order').chance(0.2);
  const stored = random.split('stored ring sequences');
  const haveStored = stored.chance(0.25);
  const tuned = random.split('tuning');
  const takingPart = tuned.pick([1, 1, 0.8, 0]);
  return random.shuffled([...ids]).map((nodeId) => ({
    nodeId,
    littleEndian: !mixed || random.chance(0.5),
    clockRate: skewed ? random.uniform(0.9, 1.1) : 1,
    startAt: together ? 0 : random.uniform(0, 3000),
    ...(haveStored && stored.chance(0.7) && { storedRingSeq: stored.pick(RING_SEQUENCE_STARTS) - stored.below(60) }),
    ...(tuned.chance(takingPart) && { tuning: drawTuning(tuned) }),
  }));
}

function drawTuning(random: Random): TuningLimits {
  const windowLeast = random.pick([50, 50, 20]);
  const windowMost = random.pick([64, 160, 160, 600]);
  const maxMessagesMost = random.pick([windowMost, windowMost, 17, 50]);
  return { windowLeast, windowMost, maxMessagesMost, accelerated: random.pick([0, 8, 30, maxMessagesMost]) };
}

function drawCount(random: Random): number {
  const sizes = random.weighted({ usual: 947, large: 50, largest: 3 });
  if (sizes === 'usual') return random.between(2, 8);
  return sizes === 'large' ? random.between(9, 16) : random.between(17, 64);
}

function drawParameters(random: Random, nodes: number): RingParameters {
  const quick = random.chance(0.85);
  const base = quick ? QUICK : { ...DEFAULT_RING_PARAMETERS, ...corosyncDefaults(nodes) };
  return {
    ...base,
    sendJoinMs: random.chance(0.15) ? random.between(1, 40) : 0,
    seqnoUnchangedConst: random.pick([30, 30, 30, 3, 300]),
    failRecvConst: random.pick([2500, 2500, 50]),
    missCountConst: random.pick([5, 5, 1, 10]),
    windowSize: random.pick([50, 50, 20, 256]),
    maxMessages: random.pick([17, 17, 1, 50]),
    cancelTokenHoldOnRetransmit: random.chance(0.2),
    heartbeatFailuresAllowed: random.chance(0.1) ? 3 : 0,
  };
}

/** Corosync's automatic rules: the token's time-out grows with the cluster. */
function corosyncDefaults(nodes: number): Partial<RingParameters> {
  const tokenMs = 3000 + 650 * Math.max(0, nodes - 2);
  const tokenRetransmitMs = Math.floor(tokenMs / 4.2);
  return {
    tokenMs,
    tokenRetransmitMs,
    holdMs: Math.floor(tokenRetransmitMs * 0.8) - 10,
    consensusMs: Math.floor(tokenMs * 1.2),
  };
}

function drawNetwork(random: Random, nodes: number): NetworkTraits {
  const latencyMs = random.logUniform(0.2, nodes > 8 ? 1 : 3);
  return {
    style: random.pick(['udpu', 'udp']),
    latencyMs,
    jitterMs: random.chance(0.3) ? 0 : latencyMs * random.uniform(0.05, 0.5),
    selfLatencyMs: latencyMs * random.uniform(0.1, 1),
    wakeMs: random.chance(0.6) ? 0 : random.uniform(0.05, 1),
    batchMost: random.pick([64, 64, 8, 1]),
    queueFrames: 4096,
  };
}

function drawSequence(random: Random): number {
  if (random.chance(0.4)) return 0;
  return (random.pick(SEQUENCE_STARTS) - random.pick([0, 1, 5, 50, 500])) >>> 0;
}

/** Seldom a partition that lasts: then each part has to be a ring of its own in the end. */
function drawApart(random: Random, nodes: number): Pick<Plan, 'apart'> {
  if (!random.chance(0.06)) return {};
  const groups: number[][] = Array.from({ length: random.between(2, 3) }, () => []);
  for (let node = 0; node < nodes; node++) random.pick(groups).push(node);
  const apart = groups.filter((group) => group.length > 0);
  return apart.length > 1 ? { apart } : {};
}

function drawTraffic(random: Random, nodes: number, quietAt: number, netmtu: number, silentFrom: number): Traffic[] {
  const traffic: Traffic[] = [];
  const sizes = (): { leastBytes: number; mostBytes: number } => {
    const kind = random.weighted({ small: 5, frame: 3, fragments: 2, mixed: 2 });
    if (kind === 'small') return { leastBytes: 12, mostBytes: 100 };
    if (kind === 'frame') return { leastBytes: netmtu - 200, mostBytes: netmtu + 20 };
    if (kind === 'fragments') return { leastBytes: netmtu, mostBytes: 8 * netmtu };
    return { leastBytes: 12, mostBytes: 3 * netmtu };
  };
  const safe = (): number => random.pick([0, 0, 0.1, 0.5, 1]);
  const senders = random.shuffled([...Array(nodes).keys()]).slice(0, random.between(1, nodes));
  for (const node of senders) {
    const at = random.chance(0.6) ? 0 : random.uniform(0, quietAt / 2);
    const last = random.chance(0.6) ? quietAt + random.uniform(0, 2000) : random.uniform(at, quietAt);
    const until = silentFrom < quietAt ? Math.min(last, silentFrom) : last;
    traffic.push({ kind: 'steady', node, at, until, everyMs: random.logUniform(20, 2000), ...sizes(), safe: safe() });
  }
  for (let bursts = random.below(12); bursts > 0; bursts--) {
    const at = random.uniform(0, silentFrom);
    const large = random.chance(0.15);
    const size = large ? { leastBytes: 20_000, mostBytes: 100_000 } : sizes();
    const count = large ? 1 : random.between(5, 120);
    traffic.push({ kind: 'burst', node: random.below(nodes), at, count, ...size, safe: safe() });
  }
  if (random.chance(0.5)) {
    for (let i = random.between(1, nodes); i > 0; i--) {
      traffic.push({
        kind: 'atChange',
        node: random.below(nodes),
        moment: random.pick(['transitional', 'regular', 'synchronized']),
        count: random.between(1, 30),
        now: random.chance(0.5),
        ...sizes(),
        safe: safe(),
      });
    }
  }
  return traffic;
}

/** Clients that follow quorum, one a node. */
function drawQuorum(random: Random, nodes: readonly PlannedNode[], until: number): ServiceTraffic[] {
  if (nodes.length > 16 || nodes.some(({ littleEndian }) => !littleEndian) || random.chance(0.75)) return [];
  const everyMs = random.logUniform(200, 5000);
  const unused = { clients: 1, leastBytes: 12, mostBytes: 12, safe: 0 };
  return nodes.map((_, node) => ({ service: 'quorum', node, at: random.uniform(0, 3000), until, everyMs, ...unused }));
}

/** Clients of the services of the SA Forum, one of each on a node. Their messages are the same in either byte order. */
function drawAis(random: Random, nodes: readonly PlannedNode[], until: number): ServiceTraffic[] {
  if (nodes.length > 8 || random.chance(0.85)) return [];
  const everyMs = random.logUniform(50, 1000);
  const mostBytes = random.pick([100, 1000, 100_000]);
  return nodes
    .map((_, node) => node)
    .filter(() => random.chance(0.8))
    .map((node) => ({
      service: 'ais',
      node,
      at: random.uniform(0, 5000),
      until,
      everyMs: everyMs * random.uniform(0.5, 2),
      clients: 1,
      leastBytes: 12,
      mostBytes,
      safe: 0,
    }));
}

/** Clients of services: on machines of one byte order, as in every cluster there is; services write in their own. */
function drawServices(random: Random, nodes: readonly PlannedNode[], until: number): ServiceTraffic[] {
  if (nodes.length > 16 || nodes.some(({ littleEndian }) => !littleEndian) || random.chance(0.6)) return [];
  const everyMs = random.logUniform(50, 3000);
  return nodes
    .map((_, node) => node)
    .filter(() => random.chance(0.8))
    .map((node) => ({
      service: 'cpg',
      node,
      at: random.uniform(0, 5000),
      until,
      everyMs: everyMs * random.uniform(0.5, 2),
      clients: random.between(1, 3),
      leastBytes: 12,
      mostBytes: random.pick([100, 1000, 10_000]),
      safe: random.pick([0, 0.1]),
    }));
}
