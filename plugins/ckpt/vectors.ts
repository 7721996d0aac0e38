import { SaError, SaErrorCode } from 'chorale/sdk';
import { MAX_ID_BYTES } from './attributes.js';
import type { ReadElement, WriteElement } from './messages.proto.js';

/** SaCkptSectionIdT: text, which stands for its UTF-8 bytes, or the bytes themselves. */
export type SectionId = string | Uint8Array;

/** SaCkptIOVectorElementT of a write. */
export interface WriteVectorElement {
  readonly sectionId: SectionId;
  readonly dataBuffer: Uint8Array | null;
  /** How much of the buffer; all of it if not given. */
  readonly dataSize?: number;
  /** Where in the section; 0 if not given. */
  readonly dataOffset?: number;
}

/** SaCkptIOVectorElementT of a read. */
export interface ReadVectorElement {
  readonly sectionId: SectionId;
  /** Filled, from its beginning. Without it the library makes one. */
  readonly dataBuffer?: Uint8Array | null;
  /** The most bytes; the buffer's length if not given, without a buffer all there are. */
  readonly dataSize?: number;
  /** Where in the section; 0 if not given. */
  readonly dataOffset?: number;
}

/** A vector was refused: nothing was written or read. */
export class CkptVectorError extends SaError {
  constructor(
    error: number,
    /** The position of the element that was wrong. */
    readonly erroneousVectorIndex: number,
  ) {
    super(error, `element ${erroneousVectorIndex} of the vector: ${ADVICE.get(error) ?? 'it was refused'}`);
  }
}

const { ERR_INVALID_PARAM, ERR_NOT_EXIST, ERR_NO_SPACE } = SaErrorCode;
const ADVICE = new Map<number, string>([
  [ERR_INVALID_PARAM, 'it is not within the sizes of the section, or not complete'],
  [ERR_NOT_EXIST, 'there is no such section'],
  [ERR_NO_SPACE, 'the checkpoint, or the service, would get too large'],
]);

/** The bytes of a section id. Throws ERR_INVALID_PARAM. */
export function sectionIdBytes(id: SectionId): Uint8Array {
  const bytes = typeof id === 'string' ? new TextEncoder().encode(id) : id;
  if (!(bytes instanceof Uint8Array)) throw new SaError('ERR_INVALID_PARAM', 'give a section id: text or its bytes');
  if (bytes.length > MAX_ID_BYTES) throw new SaError('ERR_INVALID_PARAM', `a section id has ${MAX_ID_BYTES} bytes`);
  return bytes;
}

/** Throws ERR_INVALID_PARAM, CkptVectorError. */
export function writeElements(vector: readonly WriteVectorElement[]): WriteElement[] {
  return elements(vector, ({ sectionId, dataBuffer, dataSize = dataBuffer?.length, dataOffset = 0 }) => {
    if (!isSize(dataOffset) || !isSize(dataSize)) return undefined;
    if (dataSize > 0 && !(dataBuffer instanceof Uint8Array && dataSize <= dataBuffer.length)) return undefined;
    const data = dataSize === 0 ? new Uint8Array(0) : dataBuffer!.subarray(0, dataSize);
    return { id: sectionIdBytes(sectionId), offset: dataOffset, data };
  });
}

/** Throws ERR_INVALID_PARAM, CkptVectorError. */
export function readElements(vector: readonly ReadVectorElement[]): ReadElement[] {
  return elements(vector, ({ sectionId, dataBuffer, dataSize = dataBuffer?.length, dataOffset = 0 }) => {
    const isBuffer = dataBuffer === undefined || dataBuffer === null || dataBuffer instanceof Uint8Array;
    if (!isSize(dataOffset) || !isBuffer) return undefined;
    const element = { id: sectionIdBytes(sectionId), offset: dataOffset };
    if (dataSize === undefined) return element;
    if (!isSize(dataSize)) return undefined;
    if (dataBuffer instanceof Uint8Array && dataSize > dataBuffer.length) return undefined;
    return { ...element, size: dataSize };
  });
}

function elements<F, T>(vector: readonly F[], make: (element: F) => T | undefined): T[] {
  if (!Array.isArray(vector) || vector.length === 0) {
    throw new SaError('ERR_INVALID_PARAM', 'give a vector of one element at least');
  }
  return vector.map((element: F, index) => {
    let made: T | undefined;
    if (typeof element === 'object' && element !== null) {
      try {
        made = make(element);
      } catch (thrown) {
        if (!(thrown instanceof SaError)) throw thrown;
      }
    }
    if (made === undefined) throw new CkptVectorError(ERR_INVALID_PARAM, index);
    return made;
  });
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
