import { badHandle } from 'chorale/sdk';
import type { SaTime } from 'chorale/sdk';
import type { Ckpt } from './client.js';
import type { CkptCheckpoint } from './ckpt-checkpoint.js';
import { Operations, SectionState } from './operations.js';

/** SaCkptSectionDescriptorT. */
export interface SectionDescriptor {
  readonly sectionId: Uint8Array;
  /** SA_TIME_END: never. */
  readonly expirationTime: SaTime;
  readonly sectionSize: number;
  readonly sectionState: SectionState;
  /** When it was created, written or overwritten last, on the clock of the node that did it. */
  readonly lastUpdate: SaTime;
}

/** An iteration over sections (SaCkptSectionIterationHandleT): `next`, or `for await`. */
export class CkptSectionIteration implements AsyncIterable<SectionDescriptor> {
  /** Its number among all handles of the library. */
  readonly handle: bigint;
  private open = true;

  constructor(
    private readonly ckpt: Ckpt,
    private readonly checkpoint: CkptCheckpoint,
    private readonly number: number,
  ) {
    this.handle = ckpt.beginIteration(this);
  }

  /**
   * saCkptSectionIterationNext: undefined is ERR_NO_SECTIONS, and stays so. ERR_BAD_HANDLE, also when the checkpoint was closed;
   * ERR_NOT_EXIST without an active replica.
   */
  async next(): Promise<SectionDescriptor | undefined> {
    this.check();
    const { descriptor } = await this.ckpt.request(Operations.iterateNext, { iteration: this.number });
    if (descriptor === undefined) return undefined;
    const { id, expiration, size, lastUpdate } = descriptor;
    const sectionState = SectionState.VALID;
    return { sectionId: id, expirationTime: expiration, sectionSize: size, sectionState, lastUpdate };
  }

  /** saCkptSectionIterationFinalize. ERR_BAD_HANDLE. */
  async finalize(): Promise<void> {
    this.check();
    this.checkpoint.iterations.delete(this);
    this.end();
    await this.ckpt.request(Operations.iterateEnd, { iteration: this.number });
  }

  /** All that are left; then it is finalized. */
  async *[Symbol.asyncIterator](): AsyncIterator<SectionDescriptor> {
    try {
      for (let section = await this.next(); section !== undefined; section = await this.next()) yield section;
    } finally {
      if (this.open) await this.finalize();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.open) await this.finalize();
  }

  /** @internal */
  end(): void {
    this.open = false;
    this.ckpt.endIteration(this);
  }

  /** @internal The library handle is finalized. */
  ended(): void {
    this.open = false;
  }

  private check(): void {
    if (!this.open) throw badHandle('section iteration');
  }
}
