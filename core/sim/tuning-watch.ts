import type { ChoraleNode } from '../host/node.js';
import type { RingId, RingTuning } from '../totem/ring.js';
import type { ProcessInfo } from './checker/history.js';
import type { Plan } from './plan.js';
import type { Recorder } from './recorder.js';

/** What this holds runs against, besides the marks: all members take on the same values at the same point of the order. */
const AGREEMENT = 'windows: a ring is tuned while all its members agree';
const REQUESTS = 'windows: nothing is asked for that was not lost';

/** Watches what the nodes of a run do with the windows of their rings. */
export class TuningWatch {
  /** By process: its agreements on the ring it is on. */
  private readonly agreements = new Map<number, { ring: string; count: number }>();

  constructor(
    private readonly plan: Plan,
    private readonly recorder: Recorder,
    private readonly nodeAt: (position: number) => ChoraleNode | undefined,
  ) {}

  /** A node's members have agreed, as it thinks. */
  tuned(position: number, { index }: ProcessInfo, ringId: RingId, tuning: RingTuning): void {
    const { plan, recorder } = this;
    const ring = recorder.ringName(ringId);
    const before = this.agreements.get(index);
    const count = before?.ring === ring ? before.count + 1 : 1;
    this.agreements.set(index, { ring, count });
    recorder.mark(index, `windows of ring ${ring}, agreement ${count}`, JSON.stringify(tuning));
    const members = this.nodeAt(position)?.members ?? [];
    const silent = plan.nodes.filter((node) => members.includes(node.nodeId) && node.tuning === undefined);
    if (silent.length > 0) {
      const silence = silent.map(({ nodeId }) => nodeId).join(' ');
      recorder.problem(
        AGREEMENT,
        `node ${this.idOf(position)} is tuned in ring ${ring}, though ${silence} said nothing`,
      );
    }
  }

  /** Services are synchronized on another ring, whose members could not have said anything yet: nothing is agreed. */
  ringChanged(position: number): void {
    const tuning = this.nodeAt(position)?.tuning;
    if (tuning === undefined) return;
    this.recorder.problem(
      AGREEMENT,
      `node ${this.idOf(position)} has another ring and still uses ${JSON.stringify(tuning)}`,
    );
  }

  /** The run is over. Where nothing was lost or late, nobody asked for anything. */
  end(): void {
    const { plan, recorder } = this;
    const { latencyMs, jitterMs } = plan.network;
    if (plan.episodes.length > 0 || jitterMs > 0 || latencyMs === 0 || plan.nodes.length < 2) return;
    if (Object.entries(recorder.framesLost).some(([why, count]) => why !== 'nobody' && count > 0)) return;
    for (const position of plan.nodes.keys()) {
      const requests = this.nodeAt(position)?.ringCounters.ring.retransmitRequests ?? 0;
      if (requests > 0) {
        recorder.problem(REQUESTS, `node ${this.idOf(position)} asked for ${requests} messages; none was lost`);
      }
    }
  }

  private idOf(position: number): number {
    return this.plan.nodes[position]!.nodeId;
  }
}
