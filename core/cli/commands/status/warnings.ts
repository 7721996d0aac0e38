import type { Overview } from '../../../ipc/overview.js';
import { duration } from '../printable.js';

/** A rotation may take so much of the token's time-out before it is worth a word. */
const SLOW_ROTATION = 0.25;
/** A ring that came so many milliseconds ago is news. */
const RECENT_MS = 60_000;
const DEAF_AFTER = 3;

/** What is worth attention, the worst first; each says what to do. */
export function warningsOf(overview: Overview): string[] {
  return [
    ...stateWarnings(overview),
    ...quorumWarnings(overview),
    ...memberWarnings(overview),
    ...networkWarnings(overview),
    ...serviceWarnings(overview),
    ...clientWarnings(overview),
  ];
}

function stateWarnings({ status, continuousGather }: Overview): string[] {
  const warnings: string[] = [];
  if (status.state === 'waiting') warnings.push('the network interface of this node is down: bring it up');
  else if (status.state !== 'operational') warnings.push(`the node is in state ${status.state}: it serves nobody now`);
  if (continuousGather > DEAF_AFTER) {
    warnings.push(
      `${continuousGather} attempts in a row to form a ring have failed: look for a firewall, or a wrong key or address`,
    );
  }
  return warnings;
}

function quorumWarnings({ quorum }: Overview): string[] {
  if (quorum.provider === 'none') return [];
  const { qdevice } = quorum;
  return [
    ...(quorum.quorate
      ? []
      : [
          `not quorate: ${quorum.totalVotes} of ${quorum.needed} votes needed` +
            `${quorum.waitingForAll ? '; wait_for_all waits for every node once' : '; start or reach more nodes'}`,
        ]),
    ...(qdevice !== undefined && !qdevice.alive
      ? [`the quorum device ${qdevice.name} is not alive: see corosync-qdevice on this node`]
      : []),
  ];
}

function memberWarnings({ nodes, status, lastChange, nowMs }: Overview): string[] {
  const missing = nodes
    .filter(({ member }) => !member)
    .map(({ nodeId, name }) => (name ? `${nodeId} (${name})` : nodeId));
  const strangers = nodes.filter(({ member, addresses }) => member && addresses.length === 0);
  const warnings: string[] = [];
  if (missing.length > 0 && status.ringId !== undefined) {
    warnings.push(`not on this ring: node ${missing.join(', ')}; see there whether choraled or corosync runs`);
  }
  if (strangers.length > 0) {
    const ids = strangers.map(({ nodeId }) => nodeId).join(', ');
    warnings.push(`on the ring and not in the nodelist: node ${ids}; make the files equal and reload`);
  }
  if (lastChange !== undefined && lastChange.count > 1 && nowMs - lastChange.timeMs < RECENT_MS) {
    const { joined, left, timeMs } = lastChange;
    const ago = `${duration(nowMs - timeMs)} ago`;
    if (left.length > 0) warnings.push(`node ${left.join(', ')} left ${ago}`);
    else if (joined.length === 0) {
      warnings.push(
        `the ring broke ${ago} and formed again with the same members: a node had no processor time, or frames were lost`,
      );
    }
  }
  return warnings;
}

function networkWarnings({ status, tokenTimeoutMs }: Overview): string[] {
  const warnings: string[] = [];
  if (status.rates.retransmitted >= 1) {
    const rate = Math.round(status.rates.retransmitted);
    warnings.push(
      `${rate} frames a second are sent again: frames are lost; see the network, or lower totem.window_size`,
    );
  }
  if (status.rotationMs > tokenTimeoutMs * SLOW_ROTATION) {
    warnings.push(
      `the token takes ${status.rotationMs.toFixed(0)} of ${tokenTimeoutMs} ms: a node is slow, or totem.token too short`,
    );
  }
  return warnings;
}

function serviceWarnings({ status, logLinesLost, logFailure }: Overview): string[] {
  const warnings = status.services
    .filter(({ state }) => state === 'failed')
    .map(
      ({ service, failure }) =>
        `service ${service} has failed (${failure ?? 'no reason'}): chorale plugin restart ${service}`,
    );
  for (const { service, bugs, state } of status.services) {
    if (bugs > 0 && state !== 'failed') warnings.push(`service ${service} had ${bugs} bugs: see the log`);
  }
  const lost = logLinesLost === 1 ? '1 log line was lost' : `${logLinesLost} log lines were lost`;
  if (logFailure !== undefined) warnings.push(`${lost}: ${logFailure}`);
  else if (logLinesLost > 0) warnings.push(`${lost}: a target of the log was too slow, or did not work for a while`);
  return warnings;
}

function clientWarnings({ clients }: Overview): string[] {
  return clients
    .filter(({ queued }) => queued > 1000)
    .map(
      ({ pid, program, queued }) => `${queued} events wait for process ${pid} (${program}), which does not read them`,
    );
}
