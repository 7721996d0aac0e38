import { SaError, checkFlags, isTime, nameBytes } from 'chorale/sdk';
import type { SaName, SaTime } from 'chorale/sdk';
import type { Attributes, Content, MessageRecord } from './messages.proto.js';
import { CreationFlags, MAX_MESSAGE_BYTES, MessagePriority, PRIORITIES } from './operations.js';

/** SaMsgMessageT, as a sender gives it. */
export interface MsgMessage {
  /** The application's, 32 bits; 0 if not given, as is `version`. */
  readonly type?: number;
  readonly version?: number;
  /** 0, the highest, to 3; 3 if not given. */
  readonly priority?: number;
  readonly senderName?: SaName | null;
  /** Missing: a message without data. It may be changed once the call is done. */
  readonly data?: Uint8Array | null;
}

/** SaMsgMessageT, as a receiver gets it. */
export interface ReceivedMessage {
  readonly type: number;
  readonly version: number;
  readonly priority: number;
  /** Empty: the sender gave none. */
  readonly senderName: SaName;
  readonly data: Uint8Array;
}

/**
 * Where data is written to, if not to memory of its own: `data` takes as many bytes as it is long. `size`: bytes written, or
 * with ERR_NO_SPACE bytes needed.
 */
export interface MessageBuffer {
  readonly data?: Uint8Array;
  size: number;
}

/** SaMsgQueueCreationAttributesT. */
export interface QueueCreationAttributes {
  /** CreationFlags. */
  readonly creationFlags: number;
  /** Bytes for messages of each priority. */
  readonly size: readonly number[];
  /** How long the queue stays after it was closed, unless it is PERSISTENT. */
  readonly retentionTime: SaTime;
}

/** A message to be sent. Throws ERR_INVALID_PARAM, ERR_TOO_BIG. */
export function contentOf(message: MsgMessage | null | undefined): Content {
  if (typeof message !== 'object' || message === null) throw invalid('give a message');
  const { type = 0, version = 0, priority = MessagePriority.LOWEST, senderName, data } = message;
  if (!isWord(type) || !isWord(version)) throw invalid('type and version of a message are whole numbers of 32 bits');
  if (!Number.isInteger(priority) || priority < 0 || priority >= PRIORITIES) {
    throw invalid(`${String(priority)} is no priority: 0 is the highest, 3 the lowest`);
  }
  if (data !== undefined && data !== null && !(data instanceof Uint8Array)) throw invalid('data is a Uint8Array');
  const bytes = data ?? new Uint8Array(0);
  if (bytes.length > MAX_MESSAGE_BYTES) {
    throw new SaError('ERR_TOO_BIG', `the message has ${bytes.length} bytes, ${MAX_MESSAGE_BYTES} are the most`);
  }
  const name = senderName === undefined || senderName === null ? new Uint8Array(0) : nameBytes(senderName);
  return { type, version, priority, senderName: name, data: bytes };
}

/** What was received, its data in `buffer` if there is one: it has room. */
export function messageOf(content: Content, buffer: MessageBuffer | null | undefined): ReceivedMessage {
  const { type, version, priority, senderName, data } = content;
  if (buffer) buffer.size = data.length;
  buffer?.data?.set(data);
  const written = buffer?.data?.subarray(0, data.length) ?? data;
  return { type, version, priority, senderName: nameOf(senderName), data: written };
}

/** The most bytes that the buffer takes. Throws ERR_INVALID_PARAM. */
export function capacityOf(buffer: MessageBuffer | null | undefined): { capacity?: number } {
  const data = buffer?.data;
  if (data === undefined) return {};
  if (!(data instanceof Uint8Array)) throw invalid('the data of a buffer is a Uint8Array');
  return { capacity: data.length };
}

/** ERR_NO_SPACE, and how much is needed in the buffer. */
export function tooSmall(buffer: MessageBuffer | null | undefined, needed: number): SaError {
  if (buffer) buffer.size = needed;
  return new SaError('ERR_NO_SPACE', `the message has ${needed} bytes; give a buffer of as many, or none`);
}

/** Throws ERR_INVALID_PARAM; ERR_BAD_FLAGS for unknown creation flags. */
export function attributesOf(attributes: QueueCreationAttributes): Attributes {
  const { creationFlags, size, retentionTime } = attributes;
  const isSize = (bytes: unknown): boolean => Number.isSafeInteger(bytes) && (bytes as number) >= 0;
  if (!Array.isArray(size) || size.length !== PRIORITIES || !size.every(isSize)) {
    throw invalid('give a size in bytes for each of the four priorities');
  }
  if (!isTime(retentionTime) || retentionTime < 0n) throw invalid('give a retention time in nanoseconds, a bigint');
  checkFlags(creationFlags, CreationFlags.PERSISTENT);
  return { flags: creationFlags, size: [...size], retention: retentionTime };
}

/** A name for the application: text, or its bytes if it is none. */
export function nameOf(bytes: Uint8Array): SaName {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Uint8Array.from(bytes);
  }
}

/** A message that was received, with what the queue knows of it. */
export type Taken = MessageRecord & { readonly content: Content };

export function invalid(advice: string): SaError {
  return new SaError('ERR_INVALID_PARAM', advice);
}

function isWord(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}
