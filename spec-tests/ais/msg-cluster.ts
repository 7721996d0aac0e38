import { B_01_01, DispatchFlags, SA_TIME_END, SA_TIME_ONE_MILLISECOND } from 'chorale/sdk';
import type { SimulatedProgram } from 'chorale/testing';
import msgPlugin, { CreationFlags, GroupPolicy, MsgLibrary, OpenFlags } from '../../plugins/msg/index.js';
import type {
  Msg,
  MsgCallbacks,
  MsgMessage,
  MsgQueue,
  QueueCreationAttributes,
  QueueGroupNotificationBuffer,
} from '../../plugins/msg/index.js';
import { AisCluster, outcomeName } from './cluster.js';

export const { CREATE, RECEIVE_CALLBACK, EMPTY } = OpenFlags;
export const { PERSISTENT } = CreationFlags;
export const WILD = 0x1234_5678_9abcn;

/** Milliseconds as SaTimeT. */
export const ms = (milliseconds: number): bigint => BigInt(milliseconds) * SA_TIME_ONE_MILLISECOND;

/** The queue of the reference's rows, with what is different. */
export function attributes(different: Partial<QueueCreationAttributes> = {}): QueueCreationAttributes {
  return { creationFlags: 0, size: [512, 512, 512, 512], retentionTime: ms(10_000), ...different };
}

/** A message with this text. */
export function text(data: string, priority = 3, more: Partial<MsgMessage> = {}): MsgMessage {
  return { priority, data: Buffer.from(data), ...more };
}

/** A message of this size. */
export function bytes(size: number, priority = 3): MsgMessage {
  return { priority, data: new Uint8Array(size) };
}

export const textOf = (data: Uint8Array): string => Buffer.from(data).toString();

interface Tracked {
  readonly group: string;
  /** `QUEUE CHANGE`. */
  readonly items: readonly string[];
  readonly members: number;
}

/** A buffer of group tracking as `QUEUE CHANGE`. */
export function itemsOf({ notification }: QueueGroupNotificationBuffer): string[] {
  const names = ['', 'NO_CHANGE', 'ADDED', 'REMOVED', 'STATE_CHANGED'];
  return notification.map(({ member, change }) => `${String(member.queueName)} ${names[change]}`);
}

/** A process with the message library; its callbacks leave lines. */
export class MsgProcess {
  /** `open INVOCATION ERROR`, `delivered INVOCATION ERROR`. */
  readonly log: string[] = [];
  readonly tracked: Tracked[] = [];
  readonly opened: MsgQueue[] = [];
  /** Of received callbacks. */
  readonly received: bigint[] = [];
  msg!: Msg;
  /** Called in the received callback. */
  onReceived: (queue: MsgQueue) => void = () => undefined;

  constructor(
    readonly ais: AisCluster,
    readonly program: SimulatedProgram,
    readonly library: MsgLibrary,
  ) {}

  readonly callbacks: MsgCallbacks = {
    queueOpen: (invocation, queue, error) => {
      if (queue) this.opened.push(queue);
      this.log.push(`open ${invocation} ${error ? outcomeName(error) : 'OK'}`);
    },
    queueGroupTrack: (group, buffer, members) => {
      this.tracked.push({ group: String(group), items: itemsOf(buffer), members });
    },
    messageDelivered: (invocation, error) => {
      this.log.push(`delivered ${invocation} ${error ? outcomeName(error) : 'OK'}`);
    },
    messageReceived: (queue) => {
      this.received.push(queue.handle);
      this.onReceived(queue);
    },
  };

  /** Opens a queue, creating it unless told otherwise. */
  open(name = 'Q', different: Partial<QueueCreationAttributes> | null = {}, flags = 0): Promise<MsgQueue> {
    const create = different && attributes(different);
    return this.ais.settled(this.msg.queueOpen(name, create, flags | (create ? CREATE : 0), SA_TIME_END));
  }

  /** What an open call ends with. */
  opens(name = 'Q', different: Partial<QueueCreationAttributes> | null = {}, flags = 0): Promise<string> {
    return this.ais.outcome(() => this.open(name, different, flags));
  }

  /** What a send ends with. */
  send(destination: string, message: MsgMessage | string, timeout = ms(5000)): Promise<string> {
    const whole = typeof message === 'string' ? text(message) : message;
    return this.ais.outcome(() => this.msg.messageSend(destination, whole, timeout));
  }

  /** The texts of all messages in a queue, which is empty then. */
  async drain(queue: MsgQueue): Promise<string[]> {
    const found: string[] = [];
    for (;;) {
      const next = await this.ais.settled(queue.messageGet(0n).catch(() => undefined));
      if (next === undefined) return found;
      found.push(textOf(next.message.data));
    }
  }

  async counts(name = 'Q'): Promise<number[]> {
    const { usage } = await this.ais.settled(this.msg.queueStatusGet(name));
    return usage.map(({ numberOfMessages }) => numberOfMessages);
  }

  /** What a status call ends with. */
  status(name: string): Promise<string> {
    return this.ais.outcome(() => this.msg.queueStatusGet(name));
  }

  /** A group with these queues, which are made and stay open. */
  async group(
    name: string,
    queues: readonly string[],
    policy: GroupPolicy = GroupPolicy.ROUND_ROBIN,
  ): Promise<MsgQueue[]> {
    const opened: MsgQueue[] = [];
    await this.ais.settled(this.msg.queueGroupCreate(name, policy));
    for (const queue of queues) {
      opened.push(await this.open(queue));
      await this.ais.settled(this.msg.queueGroupInsert(name, queue));
    }
    return opened;
  }

  /** Runs what is pending, where callbacks do not run by themselves. */
  async dispatch(): Promise<void> {
    await this.ais.quiet();
    await this.msg.dispatch(DispatchFlags.ALL);
  }
}

/** A cluster with the message service. */
export class MsgCluster {
  private constructor(readonly ais: AisCluster) {}

  static async of(
    nodes: readonly number[] = [1],
    options: { start?: readonly number[]; seed?: number } = {},
  ): Promise<MsgCluster> {
    return new MsgCluster(await AisCluster.of(nodes, [msgPlugin], options));
  }

  /** A process on a node, with all callbacks but the ones left out. */
  async process(
    nodeId = 1,
    {
      without = [],
      dispatch = 'automatic' as 'automatic' | 'manual',
      library,
    }: { without?: readonly (keyof MsgCallbacks)[]; dispatch?: 'automatic' | 'manual'; library?: MsgLibrary } = {},
  ): Promise<MsgProcess> {
    const program = this.ais.cluster.program(nodeId);
    const process = new MsgProcess(this.ais, program, library ?? new MsgLibrary(program));
    const given = Object.entries(process.callbacks).filter(([name]) => !without.includes(name as keyof MsgCallbacks));
    const callbacks = Object.fromEntries(given) as Partial<MsgCallbacks>;
    process.msg = await this.ais.settled(process.library.initialize(callbacks, B_01_01, { dispatch }));
    return process;
  }

  /** How the state looks on each of these nodes. */
  states(...nodes: number[]): unknown[] {
    return nodes.map((nodeId) => (this.ais.cluster.node(nodeId).dump()['services'] as { msg: unknown }).msg);
  }

  /** A call under way, whose outcome is written here when it ends. */
  async waiting(call: Promise<unknown>, milliseconds = 50): Promise<{ outcome: string | undefined }> {
    const waiting: { outcome: string | undefined } = { outcome: undefined };
    call.then(
      () => (waiting.outcome = 'OK'),
      (thrown: unknown) => (waiting.outcome = outcomeName(thrown)),
    );
    await this.ais.quiet(milliseconds);
    return waiting;
  }
}
