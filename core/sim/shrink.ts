import type { Violation } from './checker/violation.js';
import type { Episode, Fault, Plan, ServiceTraffic, Traffic } from './plan.js';
import { runPlan } from './run.js';

export interface ShrinkOptions {
  /** Most runs spent on it; 500 if missing. */
  readonly mostRuns?: number;
  /** How a plan is judged; a run of the simulator if missing. */
  readonly judge?: (plan: Plan) => Promise<readonly Violation[]>;
  /** Called after each run. */
  readonly onRun?: (runs: number, smallest: Plan) => void;
}

/** A smaller plan that still breaks the property. */
export interface Shrunk {
  readonly plan: Plan;
  /** What it breaks. */
  readonly violations: readonly Violation[];
  readonly runs: number;
}

/** Time after the end of faults in which traffic goes on, and the run after its bound. */
const AFTER_MS = 2000;
const SHORTEST_MS = 100;

/**
 * Makes a failing plan smaller as long as it breaks the same property: fewer faults, traffic and nodes, fewer messages,
 * shorter faults, less time, a plainer network. Throws an Error if the plan does not break the property to begin with.
 */
export async function shrinkPlan(plan: Plan, property: string, options: ShrinkOptions = {}): Promise<Shrunk> {
  const shrinker = new Shrinker(plan, property, options);
  if (!(await shrinker.accept(plan))) throw new Error(`the plan does not break "${property}": nothing to shrink`);
  await shrinker.shrink();
  return { plan: shrinker.plan, violations: shrinker.violations, runs: shrinker.runs };
}

type ListName = 'episodes' | 'traffic' | 'services';

class Shrinker {
  violations: readonly Violation[] = [];
  runs = 0;
  private readonly mostRuns: number;

  constructor(
    public plan: Plan,
    private readonly property: string,
    private readonly options: ShrinkOptions,
  ) {
    this.mostRuns = options.mostRuns ?? 500;
  }

  /** Runs a candidate and keeps it if it still fails. False when it does not, or no runs are left. */
  async accept(candidate: Plan): Promise<boolean> {
    if (this.runs >= this.mostRuns) return false;
    const { judge } = this.options;
    const violations = judge === undefined ? (await runPlan(candidate)).violations : await judge(candidate);
    this.runs++;
    const fails = violations.some(({ property }) => property === this.property);
    if (fails) {
      this.plan = candidate;
      this.violations = violations;
    }
    this.options.onRun?.(this.runs, this.plan);
    return fails;
  }

  async shrink(): Promise<void> {
    for (let before: Plan | undefined; before !== this.plan && this.runs < this.mostRuns;) {
      before = this.plan;
      await this.thin('episodes');
      await this.thin('traffic');
      await this.thin('services');
      await this.dropNodes();
      await this.shorten();
      await this.simplify();
      await this.lessen('traffic', lessTraffic);
      await this.lessen('services', rarer);
      await this.lessen('episodes', shorterEpisode);
    }
  }

  /** Leaves out halves, quarters and so on, to single ones. */
  private async thin(list: ListName): Promise<void> {
    for (let size = this.plan[list].length; size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < this.plan[list].length;) {
        const rest = [...this.plan[list]];
        rest.splice(at, size);
        if (!(await this.accept({ ...this.plan, [list]: rest }))) at += size;
      }
    }
  }

  private async dropNodes(): Promise<void> {
    for (let node = this.plan.nodes.length - 1; node >= 0 && this.plan.nodes.length > 1; node--) {
      await this.accept(withoutNode(this.plan, node));
    }
  }

  /** Ends earlier: half the time, and less and less of it. */
  private async shorten(): Promise<void> {
    for (let cut = this.plan.quietAt / 2; cut >= SHORTEST_MS; cut /= 2) {
      while (this.plan.quietAt > cut && (await this.accept(endingAt(this.plan, this.plan.quietAt - cut))));
    }
  }

  private async simplify(): Promise<void> {
    const plainer: ((plan: Plan) => Plan)[] = [
      (plan) => ({ ...plan, nodes: plan.nodes.map((node) => ({ ...node, clockRate: 1 })) }),
      (plan) => ({ ...plan, nodes: plan.nodes.map((node) => ({ ...node, startAt: 0 })) }),
      (plan) => ({ ...plan, nodes: plan.nodes.map((node) => ({ ...node, littleEndian: true })) }),
      (plan) => ({ ...plan, nodes: plan.nodes.map((node, i) => ({ ...node, nodeId: i + 1 })) }),
      (plan) => ({ ...plan, nodes: plan.nodes.map((node) => without(node, 'storedRingSeq')) }),
      (plan) => without(plan, 'apart'),
      (plan) => ({ ...plan, firstSeq: 0 }),
      (plan) => ({ ...plan, firstTokenSeq: 0 }),
      (plan) => ({ ...plan, network: { ...plan.network, style: 'udpu' } }),
      (plan) => ({ ...plan, network: { ...plan.network, jitterMs: 0 } }),
      (plan) => ({ ...plan, network: { ...plan.network, wakeMs: 0 } }),
      (plan) => ({ ...plan, network: { ...plan.network, batchMost: 64 } }),
    ];
    for (const change of plainer) {
      const candidate = change(this.plan);
      if (JSON.stringify(candidate) !== JSON.stringify(this.plan)) await this.accept(candidate);
    }
  }

  /** Makes each entry of a list less, as long as that works. */
  private async lessen<N extends ListName>(
    name: N,
    less: (entry: Plan[N][number]) => Plan[N][number] | undefined,
  ): Promise<void> {
    for (let i = 0; i < this.plan[name].length; i++) {
      for (;;) {
        const smaller = less(this.plan[name][i]!);
        if (smaller === undefined) break;
        const list = [...this.plan[name]];
        list[i] = smaller;
        if (!(await this.accept({ ...this.plan, [name]: list }))) break;
      }
    }
  }
}

function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)) as Omit<T, K>;
}

/** The plan with its faults over at `quietAt`. */
function endingAt(plan: Plan, quietAt: number): Plan {
  return {
    ...plan,
    quietAt,
    endAt: quietAt + plan.boundMs + AFTER_MS,
    episodes: plan.episodes
      .filter(({ at }) => at < quietAt)
      .map((episode) =>
        episode.until === Infinity ? episode : { ...episode, until: Math.min(episode.until, quietAt) },
      ),
    traffic: plan.traffic
      .filter((traffic) => traffic.kind === 'atChange' || traffic.at < quietAt)
      .map((traffic) =>
        traffic.kind === 'steady' ? { ...traffic, until: Math.min(traffic.until, quietAt + AFTER_MS) } : traffic,
      ),
    services: plan.services
      .filter(({ at }) => at < quietAt)
      .map((traffic) => ({ ...traffic, until: Math.min(traffic.until, quietAt) })),
  };
}

/** The plan without the node at a position: what happens to it and what it sends goes too. */
function withoutNode(plan: Plan, gone: number): Plan {
  const moved = (position: number): number => (position > gone ? position - 1 : position);
  const rest = (positions: readonly number[]): number[] => positions.filter((at) => at !== gone).map(moved);
  const changed = (fault: Fault): Fault | undefined => {
    if (fault.kind === 'cut') {
      const links = fault.links.filter((link) => !link.includes(gone));
      return { ...fault, links: links.map(([from, to]) => [moved(from), moved(to)] as const) };
    }
    if ('node' in fault) return fault.node === gone ? undefined : { ...fault, node: moved(fault.node) };
    if ('nodes' in fault) return { ...fault, nodes: rest(fault.nodes) };
    const { from, to } = fault;
    const less = { ...fault, ...(from && { from: rest(from) }), ...(to && { to: rest(to) }) };
    return less.from?.length === 0 || less.to?.length === 0 ? undefined : less;
  };
  return {
    ...plan,
    nodes: plan.nodes.filter((_, position) => position !== gone),
    ...(plan.apart && { apart: plan.apart.map(rest).filter((group) => group.length > 0) }),
    traffic: plan.traffic
      .filter(({ node }) => node !== gone)
      .map((traffic) => ({ ...traffic, node: moved(traffic.node) })),
    services: plan.services
      .filter(({ node }) => node !== gone)
      .map((traffic) => ({ ...traffic, node: moved(traffic.node) })),
    episodes: plan.episodes.flatMap((episode) => {
      const fault = changed(episode.fault);
      return fault === undefined ? [] : [{ ...episode, fault }];
    }),
  };
}

/** Half of the messages, or smaller ones; undefined if there is no less. */
function lessTraffic(traffic: Traffic): Traffic | undefined {
  if (traffic.kind !== 'steady') {
    return traffic.count > 1 ? { ...traffic, count: Math.ceil(traffic.count / 2) } : undefined;
  }
  return rarer(traffic);
}

function rarer<T extends ServiceTraffic | (Traffic & { readonly kind: 'steady' })>(traffic: T): T | undefined {
  return traffic.until - traffic.at > traffic.everyMs ? { ...traffic, everyMs: 2 * traffic.everyMs } : undefined;
}

function shorterEpisode(episode: Episode): Episode | undefined {
  const lasting = episode.until - episode.at;
  return lasting > 1 && lasting < Infinity ? { ...episode, until: episode.at + lasting / 2 } : undefined;
}
