/**
 * The packing layer's frame payload (totem.md 7.1), integers in the sender's byte order:
 * `u16 version 0, u16 type 0, u8 fragmented, u8 continuation, u16 n, u16 length[n], the n pieces back to back`.
 *
 * `fragmented` is 0 if the last piece ends a message, else the number of that fragment; `continuation` is the number of
 * the fragment that the first piece continues, or 0. Numbers go 1, 2 ... 255, 1 ... within a message.
 */
export const PACKET_HEADER_BYTES = 8;
export const FRAGMENTED_AT = 4;
export const CONTINUATION_AT = 5;
export const COUNT_AT = 6;
/** Bytes of one entry of the length table that follows the header. */
export const LENGTH_BYTES = 2;

/**
 * Corosync's buffer for one sender's unfinished message (1 MiB + 64 KiB). A real node aborts when a message and the frame
 * that completes it need more.
 */
export const ASSEMBLY_BYTES = 1024 * 1024 + 64 * 1024;

/** Longest message, group prefix included, that every receiver of frames with `payloadBytes` can put together. */
export function longestMessage(payloadBytes: number): number {
  return ASSEMBLY_BYTES - payloadBytes - 1;
}

/** The number of the fragment `steps` before fragment `number` of the same message. */
export function fragmentBefore(number: number, steps: number): number {
  return ((number - 1 - (steps % 255) + 255) % 255) + 1;
}

/** The number of the fragment after fragment `number` of the same message; 0 is skipped. */
export function nextFragment(number: number): number {
  return number === 255 ? 1 : number + 1;
}
