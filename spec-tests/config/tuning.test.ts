import { expect } from 'chai';
import { runtimeEntries } from '../../core/config/entries.js';
import { conf, failure, load, nodelist } from './host.js';
import type { TotemTuning } from '../../core/config/model.js';

async function tuning(lines: string, nodeCount = 1): Promise<TotemTuning> {
  const addresses = Array.from({ length: nodeCount }, (_, i) => `10.0.0.${i + 1}`);
  const text = `totem {\nversion: 2\ntransport: udpu\n${lines}\n}\n${nodelist(...addresses)}`;
  return (await load(text)).config.totem;
}

describe('the tuning of the ring', () => {
  // The values of live rings of Corosync 3.1.7.
  for (const [nodeCount, expected] of [
    [1, { tokenMs: 3000, tokenRetransmitMs: 714, holdMs: 561, consensusMs: 3600 }],
    [2, { tokenMs: 3000, tokenRetransmitMs: 714, holdMs: 561, consensusMs: 3600 }],
    [3, { tokenMs: 3650, tokenRetransmitMs: 869, holdMs: 685, consensusMs: 4380 }],
  ] as const) {
    it(`of ${nodeCount} nodes is Corosync's`, async () => expect(await tuning('', nodeCount)).to.include(expected));
  }

  it('has defaults for everything', async () => {
    expect(await tuning('')).to.include({
      tokenWarningPercent: 75,
      tokenRetransmitsBeforeLoss: 4,
      joinMs: 50,
      sendJoinMs: 0,
      mergeMs: 200,
      downcheckMs: 1000,
      failToReceiveConst: 2500,
      seqnoUnchangedConst: 30,
      heartbeatFailuresAllowed: 0,
      maxNetworkDelayMs: 50,
      windowSize: 50,
      maxMessages: 17,
      missCountConst: 5,
      netMtu: 1500,
      blockUnlistedIps: true,
      cancelTokenHoldOnRetransmit: false,
    });
  });

  it('adds the coefficient for each node above two', async () => {
    expect((await tuning('token: 1000\ntoken_coefficient: 10', 5)).tokenMs).to.equal(1030);
    expect((await tuning('token: 1000\ntoken_coefficient: 0', 5)).tokenMs).to.equal(1000);
  });

  it('computes the rest from what is set', async () => {
    const fast = await tuning('token: 1000\ntoken_retransmits_before_loss_const: 10');
    expect(fast).to.include({ tokenRetransmitMs: 98, holdMs: 68, consensusMs: 1200 });
    expect(await tuning('token_retransmit: 100')).to.include({ tokenRetransmitMs: 100, holdMs: 70 });
  });

  it('takes what is set', async () => {
    const lines = [
      ...['token_warning: 0', 'hold: 14', 'join: 60', 'send_join: 80', 'consensus: 61', 'merge: 300', 'downcheck: 30'],
      ...['fail_recv_const: 10', 'seqno_unchanged_const: 11', 'heartbeat_failures_allowed: 2', 'max_network_delay: 31'],
      ...['window_size: 300', 'max_messages: 20', 'miss_count_const: 6', 'netmtu: 8982', 'block_unlisted_ips: no'],
      'cancel_token_hold_on_retransmit: yes',
    ];
    expect(await tuning(lines.join('\n'))).to.include({
      tokenWarningPercent: 0,
      holdMs: 14,
      joinMs: 60,
      sendJoinMs: 80,
      consensusMs: 61,
      mergeMs: 300,
      downcheckMs: 30,
      failToReceiveConst: 10,
      seqnoUnchangedConst: 11,
      heartbeatFailuresAllowed: 2,
      maxNetworkDelayMs: 31,
      windowSize: 300,
      maxMessages: 20,
      missCountConst: 6,
      netMtu: 8982,
      blockUnlistedIps: false,
      cancelTokenHoldOnRetransmit: true,
    });
  });

  it('takes 0 as the default where Corosync does', async () => {
    const keys = ['token', 'hold', 'join', 'consensus', 'merge', 'netmtu', 'window_size', 'fail_recv_const'];
    expect(await tuning(keys.map((key) => `${key}: 0`).join('\n'))).to.deep.equal(await tuning(''));
  });

  for (const [lines, text] of [
    ['token: 29', 'the token time-out comes to 29 ms'],
    ['token: 2000000000', 'at most 2147483647'],
    ['token: 125', 'a token would be sent again after 29 ms'],
    ['token_retransmits_before_loss_const: 1000', 'lower totem.token_retransmits_before_loss_const'],
    ['consensus: 60\njoin: 61', 'consensus (60 ms) may not be shorter than join (61 ms)'],
  ] as const) {
    it(`refuses ${lines.replace('\n', ', ')}`, async () => {
      const { message, problems } = await failure(conf({ totem: lines }));
      expect(problems).to.have.length(1);
      expect(message).to.contain(text);
    });
  }

  it('is shown in cmap as Corosync shows it', async () => {
    const text = `totem {\nversion: 2\ntransport: udpu\n}\n${nodelist('10.0.0.1', '10.0.0.2', '10.0.0.3')}`;
    const entries = runtimeEntries((await load(text)).config);
    const shown = Object.fromEntries(entries.map(({ path, type, value }) => [path, `${type} ${value}`]));
    const prefix = 'runtime.config.totem.';
    expect(shown).to.deep.equal({
      [`${prefix}block_unlisted_ips`]: 'u32 1',
      [`${prefix}cancel_token_hold_on_retransmit`]: 'u32 0',
      [`${prefix}consensus`]: 'u32 4380',
      [`${prefix}downcheck`]: 'u32 1000',
      [`${prefix}fail_recv_const`]: 'u32 2500',
      [`${prefix}heartbeat_failures_allowed`]: 'u32 0',
      [`${prefix}hold`]: 'u32 685',
      [`${prefix}interface.0.knet_ping_interval`]: 'u32 912',
      [`${prefix}interface.0.knet_ping_timeout`]: 'u32 1825',
      [`${prefix}join`]: 'u32 50',
      [`${prefix}knet_compression_level`]: 'i32 0',
      [`${prefix}knet_compression_model`]: 'str none',
      [`${prefix}knet_compression_threshold`]: 'u32 0',
      [`${prefix}knet_mtu`]: 'u32 0',
      [`${prefix}knet_pmtud_interval`]: 'u32 30',
      [`${prefix}max_messages`]: 'u32 17',
      [`${prefix}max_network_delay`]: 'u32 50',
      [`${prefix}merge`]: 'u32 200',
      [`${prefix}miss_count_const`]: 'u32 5',
      [`${prefix}send_join`]: 'u32 0',
      [`${prefix}seqno_unchanged_const`]: 'u32 30',
      [`${prefix}token`]: 'u32 3650',
      [`${prefix}token_retransmit`]: 'u32 869',
      [`${prefix}token_retransmits_before_loss_const`]: 'u32 4',
      [`${prefix}token_warning`]: 'u32 75',
      [`${prefix}window_size`]: 'u32 50',
    });
  });
});
