import { KNET_ONLY, YES_NO } from './directive.js';
import type { Directive } from './directive.js';

const supported = { status: 'supported' } as const;
const knet = { status: 'ignored', note: KNET_ONLY } as const;

/** The `totem.interface` sections; stored as `totem.interface.LINK.KEY`. */
export const INTERFACE_DIRECTIVES: readonly Directive[] = [
  {
    path: 'totem.interface.linknumber',
    type: 'u8',
    default: '0',
    meaning: 'Which link the section is about; udp and udpu have link 0 only. Not stored in cmap.',
    ...supported,
  },
  {
    path: 'totem.interface.bindnetaddr',
    type: 'str',
    default: "the local node's ring0_addr",
    meaning: 'Network or address to bind to.',
    status: 'ignored',
    note: "The local node's ring0_addr of the nodelist is used instead; remove it.",
  },
  {
    path: 'totem.interface.mcastaddr',
    type: 'str',
    default: 'udp: from cluster_name, 239.192.x.y or ff15::x',
    meaning: 'udp: multicast address of the ring; two clusters on one network need different ones.',
    ...supported,
  },
  {
    path: 'totem.interface.broadcast',
    type: 'str',
    values: YES_NO,
    lenient: true,
    default: 'no',
    meaning: 'udp: frames go to 255.255.255.255 instead of a multicast address.',
    ...supported,
  },
  {
    path: 'totem.interface.mcastport',
    type: 'u16',
    default: '5405',
    meaning:
      'UDP port; udp also uses the port below it. Clusters on one network need ports two apart. 0 stands for the default.',
    ...supported,
  },
  {
    path: 'totem.interface.ttl',
    type: 'u8',
    default: '1',
    meaning: 'udp: hops a multicast may make. Only 1 is allowed with udpu.',
    ...supported,
  },
  {
    path: 'totem.interface.knet_link_priority',
    type: 'u8',
    max: 1,
    default: '1',
    meaning: 'Priority of the link; above 1 it is an error without knet.',
    ...knet,
  },
  { path: 'totem.interface.knet_ping_interval', type: 'u32', default: 'token / 4', meaning: 'Ping interval.', ...knet },
  { path: 'totem.interface.knet_ping_timeout', type: 'u32', default: 'token / 2', meaning: 'Ping time-out.', ...knet },
  {
    path: 'totem.interface.knet_ping_precision',
    type: 'u32',
    default: '2048',
    meaning: 'Samples of latency.',
    ...knet,
  },
  { path: 'totem.interface.knet_pong_count', type: 'u32', default: '2', meaning: 'Pongs until a link is up.', ...knet },
  {
    path: 'totem.interface.knet_transport',
    type: 'str',
    values: ['udp', 'sctp'],
    default: 'udp',
    meaning: 'What carries the link.',
    ...knet,
  },
  {
    path: 'totem.interface.ringnumber',
    type: 'str',
    default: '-',
    meaning: 'The name of `linknumber` in Corosync 2.',
    status: 'ignored',
    note: 'Corosync 3 ignores it, so the section is about link 0; use "linknumber".',
  },
  {
    path: 'totem.interface.member.memberaddr',
    type: 'str',
    default: '-',
    meaning: 'A member, before there were nodelists.',
    status: 'ignored',
    note: 'The nodelist says who the members are; remove the member sections.',
  },
];
