import { SA_TIME_END, SaError, SaErrorCode, badHandle, isTime } from 'chorale/sdk';
import type { SaTime } from 'chorale/sdk';
import { checkRetention } from './attributes.js';
import type { CreationAttributes } from './attributes.js';
import type { Ckpt } from './client.js';
import { CreationFlags, OpenFlags, Operations, PART_BYTES, SectionsChosen } from './operations.js';
import { fromWire } from './records.js';
import { CkptSectionIteration } from './section-iteration.js';
import { CkptVectorError, readElements, sectionIdBytes, writeElements } from './vectors.js';
import type { ReadVectorElement, SectionId, WriteVectorElement } from './vectors.js';

/** SaCkptCheckpointDescriptorT. */
export interface CheckpointStatus {
  /** With the present retention duration. */
  readonly checkpointCreationAttributes: CreationAttributes;
  readonly numberOfSections: number;
  /** Bytes of all sections. */
  readonly memoryUsed: number;
}

/** SaCkptSectionCreationAttributesT. */
export interface SectionCreationAttributes {
  /** SA_CKPT_GENERATED_SECTION_ID: the service chooses. */
  readonly sectionId: SectionId;
  /** An absolute time; SA_TIME_END, never, if not given. */
  readonly expirationTime?: SaTime;
}

/** A checkpoint that a library handle has open (SaCkptCheckpointHandleT). Methods reject with an SaError. */
export class CkptCheckpoint {
  /** @internal Those that go on. */
  readonly iterations = new Set<CkptSectionIteration>();
  private open = true;
  private id = 0n;

  constructor(
    private readonly ckpt: Ckpt,
    /** @internal Its number at the service. */
    readonly number: number,
    private readonly openFlags: number,
    private readonly creationFlags: number,
  ) {}

  /** Its number among all handles of the library. */
  get handle(): bigint {
    return this.id;
  }

  get isOpen(): boolean {
    return this.open;
  }

  /** saCkptCheckpointClose: iterations end too. ERR_BAD_HANDLE. */
  async close(): Promise<void> {
    this.check();
    this.open = false;
    for (const iteration of this.iterations) iteration.end();
    await this.ckpt.closeCheckpoint(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.open) await this.close();
  }

  /** saCkptCheckpointRetentionDurationSet, for all. ERR_INVALID_PARAM; ERR_BAD_OPERATION once it is unlinked. */
  async retentionDurationSet(retentionDuration: SaTime): Promise<void> {
    checkRetention(retentionDuration);
    this.check();
    await this.ckpt.request(Operations.retentionSet, { handle: this.number, duration: retentionDuration });
  }

  /** saCkptActiveReplicaSet: this node's. ERR_ACCESS without WRITE; ERR_BAD_OPERATION. */
  async activeReplicaSet(): Promise<void> {
    this.check(OpenFlags.WRITE);
    await this.ckpt.request(Operations.activeSet, { handle: this.number });
  }

  /** saCkptCheckpointStatusGet. ERR_NOT_EXIST without an active replica, like all that follow. */
  async statusGet(): Promise<CheckpointStatus> {
    this.check();
    const { attributes, sections, memoryUsed } = await this.ckpt.request(Operations.status, { handle: this.number });
    if (attributes === undefined) throw new SaError('ERR_LIBRARY', 'the service sent a status without attributes');
    return { checkpointCreationAttributes: fromWire(attributes), numberOfSections: sections, memoryUsed };
  }

  /**
   * saCkptSectionCreate: gives the section's id. ERR_INVALID_PARAM, ERR_ACCESS, ERR_EXIST (also for any section of a
   * checkpoint with maxSections 1), ERR_NO_SPACE. One whose expiration time is over is gone at once.
   */
  async sectionCreate(attributes: SectionCreationAttributes, initialData?: Uint8Array | null): Promise<Uint8Array> {
    if (typeof attributes !== 'object' || attributes === null) {
      throw new SaError('ERR_INVALID_PARAM', 'give the section creation attributes');
    }
    const { sectionId, expirationTime = SA_TIME_END } = attributes;
    const id = sectionIdBytes(sectionId);
    checkExpiration(expirationTime);
    const data = initialData ?? new Uint8Array(0);
    checkData(data);
    this.check(OpenFlags.WRITE);
    const request = { handle: this.number, id, expiration: expirationTime, data };
    return (await this.ckpt.request(Operations.sectionCreate, request, data.length)).id;
  }

  /** saCkptSectionDelete. ERR_INVALID_PARAM for the default section, ERR_ACCESS, ERR_NOT_EXIST. */
  async sectionDelete(sectionId: SectionId): Promise<void> {
    const id = sectionIdBytes(sectionId);
    this.check(OpenFlags.WRITE);
    await this.ckpt.request(Operations.sectionDelete, { handle: this.number, id });
  }

  /** saCkptSectionExpirationTimeSet. ERR_INVALID_PARAM for the default section, ERR_ACCESS, ERR_NOT_EXIST. */
  async sectionExpirationTimeSet(sectionId: SectionId, expirationTime: SaTime): Promise<void> {
    const id = sectionIdBytes(sectionId);
    checkExpiration(expirationTime);
    this.check(OpenFlags.WRITE);
    await this.ckpt.request(Operations.expirationSet, { handle: this.number, id, expiration: expirationTime });
  }

  /** saCkptSectionIterationInitialize. `expirationTime` counts for LEQ and GEQ. ERR_INVALID_PARAM. */
  async sectionIterationInitialize(
    sectionsChosen: SectionsChosen,
    expirationTime: SaTime = SA_TIME_END,
  ): Promise<CkptSectionIteration> {
    if (!Object.values<number>(SectionsChosen).includes(sectionsChosen)) {
      throw new SaError('ERR_INVALID_PARAM', `${String(sectionsChosen)} is no choice of sections, see SectionsChosen`);
    }
    checkExpiration(expirationTime);
    this.check();
    const iteration = this.ckpt.number();
    const request = { handle: this.number, iteration, chosen: sectionsChosen, time: expirationTime };
    await this.ckpt.request(Operations.iterate, request);
    this.check();
    const made = new CkptSectionIteration(this.ckpt, this, iteration);
    this.iterations.add(made);
    return made;
  }

  /**
   * saCkptCheckpointWrite: all elements or none. With a CkptVectorError, which has the erroneousVectorIndex: ERR_INVALID_PARAM,
   * ERR_NOT_EXIST, ERR_NO_SPACE. ERR_ACCESS without WRITE.
   */
  async write(ioVector: readonly WriteVectorElement[]): Promise<void> {
    const elements = writeElements(ioVector);
    this.check(OpenFlags.WRITE);
    const bytes = elements.reduce((sum, { id, data }) => sum + id.length + data.length + 32, 0);
    const isLong = bytes > PART_BYTES;
    const operation = isLong || this.writesAll ? Operations.write : Operations.writeActive;
    const { error, element } = await this.ckpt.request(operation, { handle: this.number, elements }, bytes);
    if (error !== SaErrorCode.OK) throw new CkptVectorError(error, element);
  }

  /** saCkptSectionOverwrite: the section's content is `data`. ERR_INVALID_PARAM, ERR_ACCESS, ERR_NOT_EXIST, ERR_NO_SPACE. */
  async sectionOverwrite(sectionId: SectionId, data: Uint8Array): Promise<void> {
    const id = sectionIdBytes(sectionId);
    checkData(data);
    this.check(OpenFlags.WRITE);
    const isLong = data.length > PART_BYTES;
    const operation = isLong || this.writesAll ? Operations.overwrite : Operations.overwriteActive;
    await this.ckpt.request(operation, { handle: this.number, id, data }, data.length);
  }

  /**
   * saCkptCheckpointRead: the bytes that each element read, in its own buffer if it has one; their length is the readSize. With
   * a CkptVectorError: ERR_INVALID_PARAM for an offset behind the end or a dataSize above maxSectionSize, ERR_NOT_EXIST.
   * ERR_ACCESS without READ.
   */
  async read(ioVector: readonly ReadVectorElement[]): Promise<Uint8Array[]> {
    const elements = readElements(ioVector);
    this.check(OpenFlags.READ);
    const bytes = elements.reduce((sum, { id }) => sum + id.length + 32, 0);
    const { error, element, sizes, data, rest } = await this.ckpt.request(
      Operations.read,
      { handle: this.number, elements },
      bytes,
    );
    if (error !== SaErrorCode.OK) throw new CkptVectorError(error, element);
    const whole = rest === 0 ? data : await this.rest(data, sizes, rest);
    let at = 0;
    return sizes.map((size, index) => {
      const part = whole.subarray(at, (at += size));
      const { dataBuffer } = ioVector[index]!;
      if (!(dataBuffer instanceof Uint8Array)) return part;
      dataBuffer.set(part);
      return dataBuffer.subarray(0, size);
    });
  }

  /** saCkptCheckpointSynchronize: all replicas have what was written before. ERR_BAD_OPERATION with WR_ALL_REPLICAS; ERR_ACCESS, ERR_TIMEOUT. */
  async synchronize(timeout: SaTime): Promise<void> {
    this.checkSynchronize();
    await this.ckpt.request(Operations.synchronize, { handle: this.number }, 0, { timeout });
  }

  /** saCkptCheckpointSynchronizeAsync. Throws the same, and ERR_INIT without the callback. */
  synchronizeAsync(invocation: bigint): void {
    this.check();
    this.ckpt.synchronizeAsync(this, invocation);
  }

  /** @internal */
  checkSynchronize(): void {
    this.check(OpenFlags.WRITE);
    if (!this.writesAll) return;
    throw new SaError('ERR_BAD_OPERATION', 'with WR_ALL_REPLICAS a write returns when all replicas have it');
  }

  /** @internal */
  registered(handle: bigint): void {
    this.id = handle;
  }

  /** @internal The library handle is finalized, or the service is gone. */
  ended(): void {
    this.open = false;
  }

  private get writesAll(): boolean {
    return (this.creationFlags & CreationFlags.WR_ALL_REPLICAS) !== 0;
  }

  /** Fetches what a long read's reply had no room for. */
  private async rest(first: Uint8Array, sizes: readonly number[], rest: number): Promise<Uint8Array> {
    const whole = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
    whole.set(first);
    for (let at = first.length; at < whole.length;) {
      const { data } = await this.ckpt.request(Operations.readRest, { rest, offset: at });
      if (data.length === 0) throw new SaError('ERR_LIBRARY', 'the service sent less than it had announced');
      whole.set(data, at);
      at += data.length;
    }
    return whole;
  }

  /** Throws ERR_BAD_HANDLE once it is closed, ERR_ACCESS if it was not opened with `needed`. */
  private check(needed = 0): void {
    if (!this.open) throw badHandle('checkpoint');
    if ((this.openFlags & needed) === needed) return;
    throw new SaError('ERR_ACCESS', `open the checkpoint for ${needed === OpenFlags.READ ? 'READ' : 'WRITE'} too`);
  }
}

function checkExpiration(time: SaTime): void {
  if (isTime(time) && time >= 0n) return;
  throw new SaError('ERR_INVALID_PARAM', 'give an absolute time in nanoseconds, a bigint from 0n to SA_TIME_END');
}

function checkData(data: Uint8Array): void {
  if (!(data instanceof Uint8Array)) throw new SaError('ERR_INVALID_PARAM', 'give the data, a Uint8Array');
}
