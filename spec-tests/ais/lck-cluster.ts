import { B_01_01, DispatchFlags, SA_TIME_END, SA_TIME_ONE_MILLISECOND } from 'chorale/sdk';
import type { SimulatedProgram } from 'chorale/testing';
import lckPlugin, { LckLibrary, LockFlags, LockMode, LockStatus, ResourceOpenFlags } from '../../plugins/lck/index.js';
import type { Lck, LckCallbacks, LckResource } from '../../plugins/lck/index.js';
import { AisCluster, outcomeName } from './cluster.js';

export const { PR, EX } = LockMode;
export const { NO_QUEUE, ORPHAN } = LockFlags;
export const CREATE = ResourceOpenFlags.RESOURCE_CREATE;
export const WILD = 0x1234_5678_9abcn;

/** Milliseconds as SaTimeT. */
export const ms = (milliseconds: number): bigint => BigInt(milliseconds) * SA_TIME_ONE_MILLISECOND;

const STATUS = new Map<number, string>(Object.entries(LockStatus).map(([name, status]) => [status, name]));

/** A status by its name. */
export function statusName(status: number | undefined): string {
  return STATUS.get(status!) ?? String(status);
}

/** A process with the lock library; its callbacks run as they come and leave lines. */
export class LckProcess {
  /** `open INVOCATION ERROR`, `grant INVOCATION STATUS-OR-ERROR`, `unlock INVOCATION ERROR`. */
  readonly log: string[] = [];
  readonly waiters: { signal: bigint; lockId: bigint; held: number; requested: number }[] = [];
  readonly strippedIds: bigint[] = [];
  readonly opened: LckResource[] = [];
  lck!: Lck;
  /** Called in the waiter callback. */
  onWaiter: (lockId: bigint) => void = () => undefined;

  constructor(
    private readonly ais: AisCluster,
    readonly program: SimulatedProgram,
    readonly library: LckLibrary,
  ) {}

  readonly callbacks: LckCallbacks = {
    resourceOpen: (invocation, resource, error) => {
      if (resource) this.opened.push(resource);
      this.log.push(`open ${invocation} ${error ? outcomeName(error) : 'OK'}`);
    },
    lockGrant: (invocation, status, error) => {
      this.log.push(`grant ${invocation} ${error ? outcomeName(error) : statusName(status)}`);
    },
    lockWaiter: (signal, lockId, held, requested) => {
      this.waiters.push({ signal, lockId, held, requested });
      this.onWaiter(lockId);
    },
    resourceUnlock: (invocation, error) => {
      this.log.push(`unlock ${invocation} ${error ? outcomeName(error) : 'OK'}`);
    },
    lockStripped: (lockId) => {
      this.strippedIds.push(lockId);
    },
  };

  /** Opens a resource, creating it. */
  open(name = 'R', flags: number = CREATE): Promise<LckResource> {
    return this.ais.settled(this.lck.resourceOpen(name, flags, SA_TIME_END));
  }

  unlock(lockId: bigint): Promise<string> {
    return this.ais.outcome(() => this.lck.resourceUnlock(lockId, SA_TIME_END));
  }

  /** Runs what is pending, where callbacks do not run by themselves. */
  async dispatch(): Promise<void> {
    await this.ais.quiet();
    await this.lck.dispatch(DispatchFlags.ALL);
  }
}

/** A cluster with the lock service. */
export class LckCluster {
  private constructor(readonly ais: AisCluster) {}

  static async of(
    nodes: readonly number[] = [1],
    options: { start?: readonly number[]; seed?: number } = {},
  ): Promise<LckCluster> {
    return new LckCluster(await AisCluster.of(nodes, [lckPlugin], options));
  }

  /** A process on a node, with all callbacks but the ones left out. */
  async process(
    nodeId = 1,
    {
      without = [],
      dispatch = 'automatic' as 'automatic' | 'manual',
      library,
    }: {
      without?: readonly (keyof LckCallbacks)[];
      dispatch?: 'automatic' | 'manual';
      library?: LckLibrary;
    } = {},
  ): Promise<LckProcess> {
    const program = this.ais.cluster.program(nodeId);
    const process = new LckProcess(this.ais, program, library ?? new LckLibrary(program));
    const given = Object.entries(process.callbacks).filter(([name]) => !without.includes(name as keyof LckCallbacks));
    const callbacks = Object.fromEntries(given) as Partial<LckCallbacks>;
    process.lck = await this.ais.settled(process.library.initialize(callbacks, B_01_01, { dispatch }));
    return process;
  }

  /** What a lock call ends with: the status's or the error's name. */
  async lock(resource: LckResource, mode: LockMode, flags = 0, timeout = ms(300)): Promise<string> {
    let status: number | undefined;
    const outcome = await this.ais.outcome(async () => {
      status = (await resource.lock(mode, flags, 0n, timeout)).lockStatus;
    });
    return outcome === 'OK' ? statusName(status) : outcome;
  }

  /** A lock that has to be granted; its id. */
  async granted(resource: LckResource, mode: LockMode, flags = 0, timeout = ms(5000)): Promise<bigint> {
    const { lockId, lockStatus } = await this.ais.settled(resource.lock(mode, flags, 0n, timeout));
    if (lockStatus !== LockStatus.GRANTED) throw new Error(`the lock is ${statusName(lockStatus)}`);
    return lockId;
  }

  /** A request under way, whose outcome is written to `done` when it ends. */
  async waiting(
    resource: LckResource,
    mode: LockMode,
    { flags = 0, signal = 0n, timeout = SA_TIME_END } = {},
  ): Promise<{ lockId: bigint; outcome: string | undefined }> {
    const call = resource.lock(mode, flags, signal, timeout);
    const waiting: { lockId: bigint; outcome: string | undefined } = { lockId: call.lockId, outcome: undefined };
    call.then(
      ({ lockStatus }) => (waiting.outcome = statusName(lockStatus)),
      (thrown: unknown) => (waiting.outcome = outcomeName(thrown)),
    );
    await this.ais.quiet(50);
    return waiting;
  }

  /** How a resource looks on each of these nodes. */
  states(...nodes: number[]): unknown[] {
    return nodes.map((nodeId) => (this.ais.cluster.node(nodeId).dump()['services'] as { lck: unknown }).lck);
  }
}
