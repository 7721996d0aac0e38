import { B_01_01, DispatchFlags, SA_TIME_END, SA_TIME_ONE_MILLISECOND, SA_TIME_ONE_SECOND } from 'chorale/sdk';
import type { Plugin } from 'chorale/sdk';
import type { SimulatedProgram } from 'chorale/testing';
import ckptPlugin, {
  CkptLibrary,
  CkptVectorError,
  CreationFlags,
  OpenFlags,
  SectionsChosen,
} from '../../plugins/ckpt/index.js';
import type { Ckpt, CkptCallbacks, CkptCheckpoint, CreationAttributes, SectionId } from '../../plugins/ckpt/index.js';
import { AisCluster, outcomeName } from './cluster.js';
import { quorumPlugins } from './quorum-plugins.js';
import type { Votes } from './quorum-plugins.js';

export const { READ, WRITE, CREATE } = OpenFlags;
export const RWC = READ | WRITE | CREATE;
export const { WR_ALL_REPLICAS, WR_ACTIVE_REPLICA, WR_ACTIVE_REPLICA_WEAK, CHECKPOINT_COLLOCATED } = CreationFlags;
export const WILD = 0x1234_5678_9abcn;
export const SECOND = SA_TIME_ONE_SECOND;

/** The attributes that the reference's table names. */
export const A1: CreationAttributes = {
  creationFlags: WR_ALL_REPLICAS,
  checkpointSize: 4096,
  retentionDuration: 10n * SECOND,
  maxSections: 4,
  maxSectionSize: 1024,
  maxSectionIdSize: 16,
};
export const A2 = { ...A1, creationFlags: WR_ACTIVE_REPLICA };
export const A3 = { ...A1, creationFlags: CHECKPOINT_COLLOCATED | WR_ACTIVE_REPLICA };
export const A4 = { ...A1, creationFlags: CHECKPOINT_COLLOCATED | WR_ACTIVE_REPLICA_WEAK };
export const A5 = { ...A1, maxSections: 1, checkpointSize: 1024 };

/** Milliseconds as SaTimeT. */
export const ms = (milliseconds: number): bigint => BigInt(milliseconds) * SA_TIME_ONE_MILLISECOND;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (data: Uint8Array | undefined): string => new TextDecoder('latin1').decode(data);

/** A process with the checkpoint library; its callbacks leave lines. */
export class CkptProcess {
  /** `open INVOCATION ERROR`, `synchronize INVOCATION ERROR`, `replaced HANDLE`. */
  readonly log: string[] = [];
  readonly opened: CkptCheckpoint[] = [];
  ckpt!: Ckpt;

  constructor(
    private readonly ais: AisCluster,
    readonly program: SimulatedProgram,
    readonly library: CkptLibrary,
  ) {}

  readonly callbacks: CkptCallbacks = {
    checkpointOpen: (invocation, checkpoint, error) => {
      if (checkpoint) this.opened.push(checkpoint);
      this.log.push(`open ${invocation} ${error ? outcomeName(error) : 'OK'}`);
    },
    checkpointSynchronize: (invocation, error) => {
      this.log.push(`synchronize ${invocation} ${error ? outcomeName(error) : 'OK'}`);
    },
    contentReplaced: (checkpoint) => {
      this.log.push(`replaced ${checkpoint.handle}`);
    },
  };

  /** Opens a checkpoint, creating it unless attributes are null. */
  open(
    name = 'C',
    attributes: CreationAttributes | null = A1,
    flags: number = attributes === null ? READ | WRITE : RWC,
  ): Promise<CkptCheckpoint> {
    return this.ais.settled(this.ckpt.checkpointOpen(name, attributes, flags, 5n * SECOND));
  }

  /** What an open ends with. */
  tryOpen(name: unknown, attributes: unknown, flags: number, timeout = 5n * SECOND): Promise<string> {
    return this.ais.outcome(() => this.ckpt.checkpointOpen(name as string, attributes as null, flags, timeout));
  }

  /** Whether there is a checkpoint of this name; it is not left open. */
  async exists(name = 'C'): Promise<boolean> {
    const outcome = await this.ais.outcome(async () =>
      (await this.ckpt.checkpointOpen(name, null, READ, SA_TIME_END)).close(),
    );
    return outcome === 'OK';
  }

  /** Runs what is pending, where callbacks do not run by themselves. */
  async dispatch(): Promise<void> {
    await this.ais.quiet();
    await this.ckpt.dispatch(DispatchFlags.ALL);
  }
}

/** A cluster with the checkpoint service. */
export class CkptCluster {
  private constructor(readonly ais: AisCluster) {}

  static async of(
    nodes: readonly number[] = [1],
    { votes, ...options }: { start?: readonly number[]; seed?: number; votes?: Votes } = {},
  ): Promise<CkptCluster> {
    const plugins = (nodeId: number): Plugin[] => [...(votes ? quorumPlugins(nodeId, votes) : []), ckptPlugin];
    return new CkptCluster(await AisCluster.of(nodes, plugins, options));
  }

  /** The calendar of simulated nodes. */
  now(): bigint {
    return ms(Date.UTC(2026, 0, 1) + Math.round(this.ais.cluster.now));
  }

  /** A process on a node, with all callbacks but the ones left out. */
  async process(
    nodeId = 1,
    {
      without = [],
      dispatch = 'automatic' as 'automatic' | 'manual',
    }: { without?: readonly (keyof CkptCallbacks)[]; dispatch?: 'automatic' | 'manual' } = {},
  ): Promise<CkptProcess> {
    const program = this.ais.cluster.program(nodeId);
    const process = new CkptProcess(this.ais, program, new CkptLibrary(program));
    const given = Object.entries(process.callbacks).filter(([name]) => !without.includes(name as keyof CkptCallbacks));
    const callbacks = Object.fromEntries(given) as Partial<CkptCallbacks>;
    process.ckpt = await this.ais.settled(process.library.initialize(callbacks, B_01_01, { dispatch }));
    return process;
  }

  settled<T>(work: Promise<T>): Promise<T> {
    return this.ais.settled(work);
  }

  outcome(call: () => unknown): Promise<string> {
    return this.ais.outcome(call);
  }

  /** What a call with a vector ends with, and the element it is about: `NOT_EXIST 1`. */
  async vectorOutcome(call: () => Promise<unknown>): Promise<string> {
    let index = '';
    const outcome = await this.ais.outcome(() =>
      call().catch((thrown: unknown) => {
        if (thrown instanceof CkptVectorError) index = ` ${thrown.erroneousVectorIndex}`;
        throw thrown;
      }),
    );
    return outcome + index;
  }

  create(checkpoint: CkptCheckpoint, sectionId: SectionId, content = ''): Promise<Uint8Array> {
    return this.settled(checkpoint.sectionCreate({ sectionId }, bytes(content)));
  }

  /** A whole section, or the error's name. */
  async read(checkpoint: CkptCheckpoint, sectionId: SectionId): Promise<string> {
    let content = '';
    const outcome = await this.outcome(async () => {
      content = text((await checkpoint.read([{ sectionId }]))[0]);
    });
    return outcome === 'OK' ? content : outcome;
  }

  write(checkpoint: CkptCheckpoint, sectionId: SectionId, content: string, dataOffset = 0): Promise<void> {
    return this.settled(checkpoint.write([{ sectionId, dataBuffer: bytes(content), dataOffset }]));
  }

  /** Ids of the sections that an iteration shows. */
  async ids(checkpoint: CkptCheckpoint, chosen: SectionsChosen = SectionsChosen.ANY, time?: bigint): Promise<string[]> {
    const ids: string[] = [];
    await this.settled(
      (async () => {
        for await (const { sectionId } of await checkpoint.sectionIterationInitialize(chosen, time))
          ids.push(text(sectionId));
      })(),
    );
    return ids.sort();
  }

  /** What each of these nodes knows. */
  states(...nodes: number[]): unknown[] {
    return nodes.map((nodeId) => (this.ais.cluster.node(nodeId).dump()['services'] as { ckpt: unknown }).ckpt);
  }
}
