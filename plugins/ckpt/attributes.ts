import { SaError, isTime } from 'chorale/sdk';
import type { SaTime } from 'chorale/sdk';
import { CreationFlags } from './operations.js';

/** SaCkptCheckpointCreationAttributesT. Sizes are bytes; `retentionDuration` nanoseconds. */
export interface CreationAttributes {
  /** CreationFlags. */
  readonly creationFlags: number;
  /** The most bytes of all sections together; at most maxSections * maxSectionSize. */
  readonly checkpointSize: number;
  /** How long it stays after its last close; SA_TIME_END: for ever. */
  readonly retentionDuration: SaTime;
  readonly maxSections: number;
  readonly maxSectionSize: number;
  /** At most 65535. */
  readonly maxSectionIdSize: number;
}

/** The longest section id: its length is an SaUint16T. */
export const MAX_ID_BYTES = 0xffff;

const { WR_ALL_REPLICAS, WR_ACTIVE_REPLICA, WR_ACTIVE_REPLICA_WEAK, CHECKPOINT_COLLOCATED } = CreationFlags;
const UPDATE_OPTIONS: readonly number[] = [WR_ALL_REPLICAS, WR_ACTIVE_REPLICA, WR_ACTIVE_REPLICA_WEAK];

/** Throws ERR_INVALID_PARAM with what is wrong. */
export function checkAttributes(attributes: CreationAttributes): void {
  const { creationFlags, checkpointSize, retentionDuration, maxSections, maxSectionSize, maxSectionIdSize } =
    attributes;
  const isWord = Number.isInteger(creationFlags) && creationFlags >= 0 && creationFlags < 2 ** 32;
  if (!isWord || !UPDATE_OPTIONS.includes(creationFlags & ~CHECKPOINT_COLLOCATED)) {
    throw invalid(`creationFlags ${creationFlags}: give one of the WR flags, and COLLOCATED if wanted`);
  }
  for (const [name, value, most] of [
    ['checkpointSize', checkpointSize, Number.MAX_SAFE_INTEGER],
    ['maxSections', maxSections, 2 ** 32 - 1],
    ['maxSectionSize', maxSectionSize, Number.MAX_SAFE_INTEGER],
    ['maxSectionIdSize', maxSectionIdSize, MAX_ID_BYTES],
  ] as const) {
    if (!Number.isInteger(value) || value < 0 || value > most) {
      throw invalid(`${name} ${value}: give a whole number from 0 to ${most}`);
    }
  }
  if (maxSections === 0) throw invalid('maxSections 0: a checkpoint has room for a section at least');
  if (maxSections > 1 && maxSectionIdSize === 0) {
    throw invalid('maxSectionIdSize 0: only the one section of a checkpoint with maxSections 1 has no id');
  }
  if (checkpointSize > maxSections * maxSectionSize) {
    throw invalid(`checkpointSize ${checkpointSize}: its sections have ${maxSections * maxSectionSize} at most`);
  }
  checkRetention(retentionDuration);
}

/** Throws ERR_INVALID_PARAM. */
export function checkRetention(duration: SaTime): void {
  if (!isTime(duration) || duration < 0n) {
    throw invalid('give a retention duration in nanoseconds, a bigint from 0n to SA_TIME_END');
  }
}

/** Whether the attributes are those of the same checkpoint: its retention duration may have been changed since. */
export function sameCheckpoint(a: CreationAttributes, b: CreationAttributes): boolean {
  return (
    a.creationFlags === b.creationFlags &&
    a.checkpointSize === b.checkpointSize &&
    a.maxSections === b.maxSections &&
    a.maxSectionSize === b.maxSectionSize &&
    a.maxSectionIdSize === b.maxSectionIdSize
  );
}

function invalid(advice: string): SaError {
  return new SaError('ERR_INVALID_PARAM', advice);
}
