import { PATH_BYTES } from './layout.js';

/** The two messages of a connection's set-up (ipc.md 2). */

export const CONNECTION_REQUEST_BYTES = 24;
export const CONNECTION_RESPONSE_BYTES = 12328;
/** The id of both. */
const AUTHENTICATE = -1;

export const ConnectionType = { SOCKET: 0, SHM: 1 } as const;
export type ConnectionTypeNumber = (typeof ConnectionType)[keyof typeof ConnectionType];

/** What the server answers: `error` 0 and the rest, or a negative errno alone. */
export interface ConnectionResponse {
  readonly error: number;
  readonly type: number;
  /** Bytes, for requests, responses and events. */
  readonly maxMessage: number;
  /** SHM: base names of the three rings. SOCKET: path of the control file, base name of the sockets, nothing. */
  readonly request: string;
  readonly response: string;
  readonly event: string;
}

export function writeConnectionRequest(maxMessage: number): Uint8Array {
  const bytes = new Uint8Array(CONNECTION_REQUEST_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, AUTHENTICATE, true);
  view.setInt32(8, CONNECTION_REQUEST_BYTES, true);
  view.setUint32(16, maxMessage, true);
  return bytes;
}

/** The wished longest message in bytes, or undefined if this is no connection request. */
export function readConnectionRequest(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length !== CONNECTION_REQUEST_BYTES || view.getInt32(0, true) !== AUTHENTICATE) return undefined;
  return view.getUint32(16, true);
}

export function writeConnectionResponse(response: ConnectionResponse): Uint8Array {
  const bytes = new Uint8Array(CONNECTION_RESPONSE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, AUTHENTICATE, true);
  view.setInt32(8, CONNECTION_RESPONSE_BYTES, true);
  view.setInt32(16, response.error, true);
  if (response.error !== 0) return bytes;
  view.setInt32(24, response.type, true);
  view.setUint32(28, response.maxMessage, true);
  [response.request, response.response, response.event].forEach((name, i) =>
    bytes.set(Buffer.from(name), 40 + i * PATH_BYTES),
  );
  return bytes;
}

/** Undefined if this is no connection response. */
export function readConnectionResponse(bytes: Uint8Array): ConnectionResponse | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length !== CONNECTION_RESPONSE_BYTES || view.getInt32(0, true) !== AUTHENTICATE) return undefined;
  const text = (at: number): string => {
    const field = bytes.subarray(at, at + PATH_BYTES);
    const end = field.indexOf(0);
    return Buffer.from(field.subarray(0, end < 0 ? field.length : end)).toString();
  };
  return {
    error: view.getInt32(16, true),
    type: view.getInt32(24, true),
    maxMessage: view.getUint32(28, true),
    request: text(40),
    response: text(40 + PATH_BYTES),
    event: text(40 + 2 * PATH_BYTES),
  };
}
