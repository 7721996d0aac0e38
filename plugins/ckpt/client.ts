import { AisHandle, AisLibrary, B_01_01, HandleType, SaError, daemonBindings, nameBytes } from 'chorale/sdk';
import type { CallOptions, LibraryBindings, Operation, Outcome, SaName, SaTime, Session } from 'chorale/sdk';
import { checkAttributes } from './attributes.js';
import type { CreationAttributes } from './attributes.js';
import { CkptCheckpoint } from './ckpt-checkpoint.js';
import type { CkptSectionIteration } from './section-iteration.js';
import type { OpenReply, OpenRequest } from './messages.proto.js';
import { OpenFlags, Operations, PART_BYTES, SERVICE, replaced } from './operations.js';
import { toWire } from './records.js';
import { checkOpenFlags } from './space.js';

export type { CreationAttributes } from './attributes.js';
export { CkptCheckpoint } from './ckpt-checkpoint.js';
export type { CheckpointStatus, SectionCreationAttributes } from './ckpt-checkpoint.js';
export { CkptSectionIteration } from './section-iteration.js';
export type { SectionDescriptor } from './section-iteration.js';
export { CkptVectorError } from './vectors.js';
export type { ReadVectorElement, SectionId, WriteVectorElement } from './vectors.js';
export {
  CreationFlags,
  OpenFlags,
  SA_CKPT_DEFAULT_SECTION_ID,
  SA_CKPT_GENERATED_SECTION_ID,
  SectionState,
  SectionsChosen,
} from './operations.js';

/** SaCkptCallbacksT. `error` is undefined for SA_AIS_OK. */
export interface CkptCallbacks {
  /** saCkptCheckpointOpenCallback. */
  checkpointOpen(invocation: bigint, checkpoint: CkptCheckpoint | undefined, error: SaError | undefined): void;
  /** saCkptCheckpointSynchronizeCallback. */
  checkpointSynchronize(invocation: bigint, error: SaError | undefined): void;
  /** Chorale's own: partitions met, and the checkpoint has the content of another side now. */
  contentReplaced(checkpoint: CkptCheckpoint): void;
}

const CHECKPOINT = new HandleType<CkptCheckpoint>('checkpoint');
const ITERATION = new HandleType<CkptSectionIteration>('section iteration');

/** The Checkpoint library, B.01.01: `initialize` gives handles. */
export class CkptLibrary extends AisLibrary<CkptCallbacks, Ckpt> {
  /** Without bindings: the daemon on this host. */
  constructor(bindings: LibraryBindings = daemonBindings()) {
    super({ service: SERVICE.name, versions: [B_01_01], create: (session) => new Ckpt(session) }, bindings);
  }
}

/** A handle of the Checkpoint library (SaCkptHandleT). Methods reject with an SaError. */
export class Ckpt extends AisHandle<CkptCallbacks> {
  private lastNumber = 0;
  private readonly opened = new Map<number, CkptCheckpoint>();

  constructor(session: Session<CkptCallbacks>) {
    super(session);
    this.onNotice(replaced, ({ handle }) => {
      const checkpoint = this.opened.get(handle);
      const { contentReplaced } = this.callbacks;
      if (checkpoint === undefined || !contentReplaced) return;
      this.queue(() => contentReplaced(checkpoint), { valid: () => checkpoint.isOpen });
    });
  }

  /**
   * saCkptCheckpointOpen. Attributes go with OpenFlags.CREATE, and only with that. ERR_BAD_FLAGS, ERR_INVALID_PARAM;
   * ERR_NOT_EXIST without CREATE, ERR_EXIST if there is one with other attributes (the retention duration may differ);
   * ERR_NO_SPACE, ERR_TIMEOUT.
   */
  async checkpointOpen(
    name: SaName,
    creationAttributes: CreationAttributes | null,
    openFlags: number,
    timeout: SaTime,
  ): Promise<CkptCheckpoint> {
    const request = this.openRequest(name, creationAttributes, openFlags);
    let checkpoint: CkptCheckpoint | undefined;
    await this.call(Operations.open, request, {
      timeout,
      arrived: (reply) => {
        checkpoint = this.hasOpened(request, reply);
      },
      late: () => void this.call(Operations.close, { handle: request.handle }).catch(() => undefined),
    });
    return checkpoint!;
  }

  /** saCkptCheckpointOpenAsync: the checkpoint comes by the callback. Throws what is wrong with the arguments, ERR_INIT without the callback. */
  checkpointOpenAsync(
    invocation: bigint,
    name: SaName,
    creationAttributes: CreationAttributes | null,
    openFlags: number,
  ): void {
    const request = this.openRequest(name, creationAttributes, openFlags);
    const callback = this.needed('checkpointOpen');
    this.start(Operations.open, request, ({ error, reply }) => {
      const checkpoint = reply && this.hasOpened(request, reply);
      this.queue(() => callback(invocation, checkpoint, error));
    });
  }

  /** saCkptCheckpointUnlink: the name is free; who has the checkpoint open keeps it. ERR_INVALID_PARAM, ERR_NOT_EXIST. */
  async checkpointUnlink(name: SaName): Promise<void> {
    await this.call(Operations.unlink, { name: checkedName(name) });
  }

  /** The checkpoint with this handle. Throws ERR_BAD_HANDLE. */
  checkpoint(handle: bigint): CkptCheckpoint {
    this.check();
    return this.handles.get(CHECKPOINT, handle);
  }

  /** The iteration with this handle. Throws ERR_BAD_HANDLE. */
  iteration(handle: bigint): CkptSectionIteration {
    this.check();
    return this.handles.get(ITERATION, handle);
  }

  /** @internal A request about a checkpoint; one of `bytes` that are too many for one message goes in parts. */
  async request<Q, R>(operation: Operation<Q, R>, request: Q, bytes = 0, options?: CallOptions<R>): Promise<R> {
    if (bytes <= PART_BYTES) return this.call(operation, request, options);
    const body = operation.request.encode(request);
    const transfer = this.number();
    for (let at = 0; at < body.length; at += PART_BYTES) {
      await this.call(Operations.part, { transfer, data: body.subarray(at, at + PART_BYTES) });
    }
    const { reply } = await this.call(Operations.whole, { transfer, operation: operation.id });
    return operation.reply.decode(reply);
  }

  /** @internal */
  synchronizeAsync(checkpoint: CkptCheckpoint, invocation: bigint): void {
    const callback = this.needed('checkpointSynchronize');
    checkpoint.checkSynchronize();
    this.start(Operations.synchronize, { handle: checkpoint.number }, ({ error }: Outcome<unknown>) => {
      this.queue(() => callback(invocation, error), { valid: () => checkpoint.isOpen });
    });
  }

  /** @internal Its handle is gone at once; the service is told. */
  async closeCheckpoint(checkpoint: CkptCheckpoint): Promise<void> {
    this.check();
    this.opened.delete(checkpoint.number);
    this.closed(checkpoint.handle);
    await this.call(Operations.close, { handle: checkpoint.number });
  }

  /** @internal */
  beginIteration(iteration: CkptSectionIteration): bigint {
    return this.open(ITERATION, iteration, () => iteration.ended());
  }

  /** @internal */
  endIteration(iteration: CkptSectionIteration): void {
    this.closed(iteration.handle);
  }

  /** @internal Numbers what it asks for at the service. */
  number(): number {
    return (this.lastNumber = (this.lastNumber + 1) >>> 0);
  }

  private openRequest(name: SaName, attributes: CreationAttributes | null, flags: number): OpenRequest {
    const bytes = checkedName(name);
    checkOpenFlags(flags);
    const isCreate = (flags & OpenFlags.CREATE) !== 0;
    if (isCreate !== (typeof attributes === 'object' && attributes !== null)) {
      throw new SaError('ERR_INVALID_PARAM', 'give creation attributes with CREATE, and null without it');
    }
    if (attributes !== null) checkAttributes(attributes);
    this.check();
    const request = { handle: this.number(), name: bytes, flags };
    return attributes === null ? request : { ...request, attributes: toWire(attributes) };
  }

  private hasOpened({ handle: number, flags }: OpenRequest, { creationFlags }: OpenReply): CkptCheckpoint {
    const checkpoint = new CkptCheckpoint(this, number, flags, creationFlags);
    const ended = (): void => {
      this.opened.delete(number);
      checkpoint.ended();
    };
    checkpoint.registered(this.open(CHECKPOINT, checkpoint, ended));
    this.opened.set(number, checkpoint);
    return checkpoint;
  }
}

function checkedName(name: SaName): Uint8Array {
  const bytes = nameBytes(name);
  if (bytes.length === 0) throw new SaError('ERR_INVALID_PARAM', 'the name of a checkpoint has a byte at least');
  return bytes;
}
