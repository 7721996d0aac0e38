import { request } from '../../core/services/packet.js';
import { nameField, RequestId } from '../../core/services/cpg/layouts.js';

/** Requests as libcpg sends them. */
const encoder = new TextEncoder();

export function field(group: string): Uint8Array {
  return nameField(encoder.encode(group));
}

export function joinRequest(group: string, pid: number, flags = 0): Uint8Array {
  return request(RequestId.JOIN, 168).put(16, field(group)).u32(152, pid).u32(160, flags).bytes;
}

export function leaveRequest(group: string, pid: number): Uint8Array {
  return request(RequestId.LEAVE, 160).put(16, field(group)).u32(152, pid).bytes;
}

export function multicastRequest(data: Uint8Array, guarantee = 2): Uint8Array {
  return request(RequestId.MCAST, 40 + data.length)
    .u32(24, guarantee)
    .u32(32, data.length)
    .put(40, data).bytes;
}

export function fragmentRequest(type: number, whole: number, data: Uint8Array): Uint8Array {
  return request(RequestId.PARTIAL_MCAST, 56 + data.length)
    .u32(24, 2)
    .u32(32, whole)
    .u32(40, data.length)
    .u32(48, type)
    .put(56, data).bytes;
}

export function membershipRequest(group: string): Uint8Array {
  return request(RequestId.MEMBERSHIP, 152).put(16, field(group)).bytes;
}

export function finalizeRequest(): Uint8Array {
  return request(RequestId.FINALIZE).bytes;
}
