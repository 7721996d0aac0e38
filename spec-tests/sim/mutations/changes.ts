import type { Plan } from '../../../core/sim/plan.js';

/** Every message is safe. */
export function onlySafe(plan: Plan): Plan {
  return { ...plan, traffic: plan.traffic.map((traffic) => ({ ...traffic, safe: 1 })) };
}

/** Every message takes several frames. */
export function largeMessages(plan: Plan): Plan {
  const sizes = { leastBytes: 3 * plan.netmtu, mostBytes: 12 * plan.netmtu };
  return { ...plan, traffic: plan.traffic.map((traffic) => ({ ...traffic, ...sizes })) };
}

/** Several messages in a frame, every other one safe. */
export function smallMixed(plan: Plan): Plan {
  const messages = { leastBytes: 12, mostBytes: 60, safe: 0.5 };
  return { ...plan, traffic: plan.traffic.map((traffic) => ({ ...traffic, ...messages })) };
}

/** Every other node writes big-endian. */
export function mixedByteOrder(plan: Plan): Plan {
  return { ...plan, nodes: plan.nodes.map((node, i) => ({ ...node, littleEndian: i % 2 === 0 })) };
}

/** All nodes take part in the agreement on windows, with messages behind the token. */
export function accelerated(plan: Plan): Plan {
  const tuning = { windowLeast: 50, windowMost: 160, maxMessagesMost: 160, accelerated: 30 };
  return { ...plan, nodes: plan.nodes.map((node) => ({ ...node, tuning })) };
}

/** The same on a network that loses nothing, and a message that is missing is asked for at once. */
export function acceleratedAndCalm(plan: Plan): Plan {
  const network = { ...plan.network, jitterMs: 0 };
  const parameters = { ...plan.parameters, missCountConst: 1 };
  return talkative({ ...accelerated(plan), episodes: [], network, parameters });
}

/** One node takes part in no agreement on windows, as Corosync. */
export function oneSilentAboutWindows(plan: Plan): Plan {
  const nodes = accelerated(plan).nodes.map((node, i) => (i === 0 ? { ...plan.nodes[0]!, tuning: undefined } : node));
  return { ...plan, nodes: nodes as Plan['nodes'] };
}

/** Nobody says anything. */
export function silent(plan: Plan): Plan {
  return { ...plan, traffic: [], services: [] };
}

/** Every node sends small messages all the time: several in each rotation of the token. */
export function talkative(plan: Plan): Plan {
  const traffic = plan.nodes.map((_, node) => {
    const messages = { leastBytes: 12, mostBytes: 60, safe: 0 };
    return { kind: 'steady', node, at: 0, until: plan.quietAt, everyMs: 5, ...messages } as const;
  });
  return { ...plan, services: [], traffic };
}

/** On every node a process uses the services of the SA Forum. */
export function withAis(plan: Plan): Plan {
  const sizes = { clients: 1, leastBytes: 12, mostBytes: 100, safe: 0 };
  const services = plan.nodes.map((_, node) => {
    return { service: 'ais', node, at: 0, until: plan.quietAt, everyMs: 60, ...sizes } as const;
  });
  return { ...plan, services, traffic: [] };
}
