import { ringMessage } from '../packet.js';

/*
 * Numbers and messages of votequorum on the ring. Offsets include the header.
 */

/** The functions of votequorum's messages on the ring. */
export const RingFn = { NODEINFO: 0, RECONFIGURE: 1, QDEVICE_REG: 2, QDEVICE_RECONFIGURE: 3 } as const;

/** What a node says about itself in NODEINFO. */
export const NodeFlag = {
  QUORATE: 1,
  LEAVING: 2,
  WAIT_FOR_ALL_STATUS: 4,
  /** It has been alone since it started. */
  FIRST: 8,
  QDEVICE_REGISTERED: 16,
  QDEVICE_ALIVE: 32,
  QDEVICE_CAST_VOTE: 64,
  QDEVICE_MASTER_WINS: 128,
} as const;

export const NodeState = { NEW: 0, MEMBER: 1, DEAD: 2, LEAVING: 3 } as const;
export type NodeState = (typeof NodeState)[keyof typeof NodeState];

/** What a RECONFIGURE changes. */
export const Reconfigure = { EXPECTED_VOTES: 1, NODE_VOTES: 2, CANCEL_WAIT_FOR_ALL: 3 } as const;

export const QdeviceOperation = { UNREGISTER: 0, REGISTER: 1 } as const;

/** The quorum device stands among the nodes with this id. */
export const QDEVICE_NODE_ID = 0;
/** Room for a device's name, its zero byte included. */
export const QDEVICE_NAME_ROOM = 255;

/** Sizes of the messages. */
export const Size = { NODEINFO: 32, RECONFIGURE: 32, QDEVICE_REG: 280, QDEVICE_RECONFIGURE: 528 } as const;

/** What a node, or the device, votes. */
export interface NodeInfo {
  readonly nodeId: number;
  readonly votes: number;
  readonly expectedVotes: number;
  readonly flags: number;
}

export function nodeInfoBody({ nodeId, votes, expectedVotes, flags }: NodeInfo): Uint8Array {
  return ringMessage(Size.NODEINFO).u32(16, nodeId).u32(20, votes).u32(24, expectedVotes).u32(28, flags).body;
}

export function reconfigureBody(parameter: number, nodeId: number, value: number): Uint8Array {
  return ringMessage(Size.RECONFIGURE).u32(16, nodeId).u32(20, value).u8(24, parameter).body;
}

export function qdeviceRegBody(operation: number, name: string): Uint8Array {
  return ringMessage(Size.QDEVICE_REG)
    .u32(16, operation)
    .text(20, name, QDEVICE_NAME_ROOM - 1).body;
}

export function qdeviceReconfigureBody(oldName: string, newName: string): Uint8Array {
  return ringMessage(Size.QDEVICE_RECONFIGURE)
    .text(16, oldName, QDEVICE_NAME_ROOM - 1)
    .text(271, newName, QDEVICE_NAME_ROOM - 1).body;
}
