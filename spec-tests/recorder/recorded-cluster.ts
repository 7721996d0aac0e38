import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../core/base/logger.js';
import type { LoggerOf } from '../../core/base/logger.js';
import type { ChoraleNode, NodeBindings } from '../../core/host/node.js';
import type { LoadRequest } from '../../core/host/plugin-instance.js';
import { FlightRecorder } from '../../core/host/recorder/flight-recorder.js';
import { RecordedNode } from '../../core/host/recorder/recorded-node.js';
import { Replay } from '../../core/host/recorder/replay.js';
import type { ReplayOutcome } from '../../core/host/recorder/replay.js';
import { readRecording } from '../../core/host/recorder/recording.js';
import { TestCluster } from '../host/cluster.js';

/** A cluster in this process, each node with a flight recorder. */
export class RecordedCluster extends TestCluster {
  readonly directory = mkdtempSync(join(tmpdir(), 'chorale-recorder-'));
  readonly recorders = new Map<number, FlightRecorder>();
  /** What recorders said when they ended by themselves. */
  readonly stops: string[] = [];
  limit = 64 * 1024 * 1024;

  file(nodeId: number): string {
    return join(this.directory, `flight-recorder-${nodeId}`);
  }

  /** Ends all recordings: everything is in the files. */
  close(): void {
    for (const recorder of this.recorders.values()) recorder.close();
  }

  dispose(): void {
    this.close();
    rmSync(this.directory, { recursive: true });
  }

  protected override build(bindings: NodeBindings): ChoraleNode {
    const { nodeId } = bindings.options;
    const recorder = new FlightRecorder({
      file: this.file(nodeId),
      limit: this.limit,
      clock: bindings.clock,
      frames: bindings.transport.frames,
      header: {
        version: 'test',
        startedMs: 1e12,
        options: bindings.options,
        outside: ['outside'],
        composition: nodeId,
      },
      stopped: (text) => this.stops.push(text),
    });
    this.recorders.set(nodeId, recorder);
    return new RecordedNode(bindings, recorder);
  }
}

/** A replay from the file to its end. */
export async function replayed(
  file: string,
  plugins: readonly LoadRequest[],
  loggerOf: LoggerOf = () => silentLogger,
): Promise<{ node: ChoraleNode; outcome: ReplayOutcome }> {
  const replay = new Replay(readRecording(file), true);
  replay.begin({ loggerOf, plugins });
  const outcome = await replay.run();
  return { node: replay.node, outcome };
}

/** A dump without what is the surroundings' and not the node's. */
export function stateOf(node: ChoraleNode): Record<string, unknown> {
  const surroundings = new Set(['transport', 'recorder']);
  return Object.fromEntries(Object.entries(node.dump()).filter(([part]) => !surroundings.has(part)));
}
