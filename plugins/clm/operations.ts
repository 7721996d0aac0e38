import { Nothing, local, notice } from 'chorale/sdk';
import { Member, NodeRequest, TrackRequest, Transition, View } from './messages.proto.js';

export const SERVICE = { id: 32, name: 'clm' } as const;

/** What a client may ask. All is answered by its own node, from the view that all nodes share. */
export const Operations = {
  track: local(0, TrackRequest, View),
  trackStop: local(1, Nothing, Nothing),
  nodeGet: local(2, NodeRequest, Member),
} as const;

/** What a client that tracks is told, once a transition. */
export const transition = notice(1, Transition);

/** SA_CLM_LOCAL_NODE_ID. */
export const LOCAL_NODE_ID = 0xffff_ffff;

/** SaClmClusterChangesT, without SA_CLM_NODE_. */
export const ClusterChange = { NO_CHANGE: 1, JOINED: 2, LEFT: 3, RECONFIGURED: 4 } as const;
export type ClusterChange = (typeof ClusterChange)[keyof typeof ClusterChange];

/** SaClmNodeAddressFamilyT, without SA_CLM_; 0: the node has no such address. */
export const AddressFamily = { NONE: 0, AF_INET: 1, AF_INET6: 2 } as const;
export type AddressFamily = (typeof AddressFamily)[keyof typeof AddressFamily];
