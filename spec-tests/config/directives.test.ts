import { expect } from 'chai';
import { DIRECTIVES, findDirective, nearestDirective } from '../../core/config/directives/index.js';
import { directiveReference, referenceFile } from './reference.js';

/** Every key Corosync 3.1.7 reads from its file, from its parser and its manual. */
const COROSYNC = `
  totem: version nodeid threads token token_coefficient token_retransmit token_warning hold
    token_retransmits_before_loss_const join send_join consensus merge downcheck fail_recv_const seqno_unchanged_const
    rrp_token_expired_timeout rrp_problem_count_timeout rrp_problem_count_threshold rrp_problem_count_mcast_threshold
    rrp_autorecovery_check_timeout heartbeat_failures_allowed max_network_delay window_size max_messages miss_count_const
    knet_pmtud_interval knet_mtu knet_compression_threshold knet_compression_level knet_compression_model netmtu
    config_version ip_version crypto_model crypto_cipher crypto_hash secauth keyfile key transport cluster_name link_mode
    clear_node_high_bit block_unlisted_ips cancel_token_hold_on_retransmit rrp_mode
  totem.interface: linknumber bindnetaddr mcastaddr broadcast mcastport ttl knet_link_priority knet_ping_interval
    knet_ping_timeout knet_ping_precision knet_pong_count knet_transport ringnumber
  totem.interface.member: memberaddr
  nodelist.node: ring0_addr ring1_addr ring7_addr nodeid name quorum_votes
  quorum: provider expected_votes votes last_man_standing_window leaving_timeout two_node expected_votes_tracking
    allow_downscale wait_for_all auto_tie_breaker auto_tie_breaker_node last_man_standing
  quorum.device: model timeout sync_timeout votes master_wins
  logging: timestamp fileline function_name blackbox to_stderr to_syslog to_logfile to_file logfile logfile_priority
    syslog_priority syslog_level syslog_facility debug
  logging.logger_subsys: subsys to_stderr to_syslog to_logfile to_file logfile logfile_priority syslog_priority
    syslog_level syslog_facility debug
  logging.logging_daemon: name subsys
  system: qb_ipc_type sched_rr priority move_to_root_cgroup allow_knet_handle_fallback state_dir
  uidgid: uid gid
  resources: watchdog_device watchdog_timeout system.memory_used.poll_period system.memory_used.max
    system.memory_used.recovery system.load_15min.poll_period system.load_15min.max system.load_15min.recovery
    process.x.poll_period process.x.max process.x.recovery
  pload: count size start
  nozzle: name ipaddr ipprefix macaddr
`;

function corosyncPaths(): string[] {
  return COROSYNC.split(/\n {2}(?=\S)/).flatMap((block) => {
    const [section, ...keys] = block.trim().split(/:?\s+/);
    return keys.map((key) => `${section!}.${key}`);
  });
}

describe('the table of directives', () => {
  it('knows every directive of Corosync', () => {
    const paths = corosyncPaths();
    expect(paths).to.have.length.greaterThan(120);
    expect(paths.filter((path) => findDirective(path) === undefined)).to.deep.equal([]);
  });

  it('has each once', () => {
    const paths = DIRECTIVES.map((directive) => directive.path);
    expect(new Set(paths).size).to.equal(paths.length);
  });

  it('says of what is refused or ignored why, and what to do', () => {
    const silent = DIRECTIVES.filter(({ status, note }) => status !== 'supported' && (note ?? '').length < 20);
    expect(silent.map((directive) => directive.path)).to.deep.equal([]);
  });

  it('explains every directive', () => {
    expect(DIRECTIVES.filter(({ meaning }) => !meaning.endsWith('.')).map(({ path }) => path)).to.deep.equal([]);
  });

  it('names only directives as newer names', () => {
    for (const { path, replacedBy } of DIRECTIVES) {
      if (replacedBy === undefined) continue;
      const section = path.slice(0, path.lastIndexOf('.'));
      expect(findDirective(`${section}.${replacedBy}`), path).to.not.equal(undefined);
    }
  });

  it('finds what a mistyped name was meant to be', () => {
    expect(nearestDirective('totem.tokn')).to.equal('totem.token');
    expect(nearestDirective('quorum.expected_vote')).to.equal('quorum.expected_votes');
    expect(nearestDirective('nodelist.node.ring_addr')).to.equal('nodelist.node.ring0_addr');
    expect(nearestDirective('something.else')).to.equal(undefined);
    expect(nearestDirective('x'.repeat(100_000))).to.equal(undefined);
  });

  it('is what docs/configuration.md shows', async () => {
    const { actual, expected } = await referenceFile();
    expect(actual, 'run: npx tsx spec-tests/config/write-reference.ts').to.equal(expected);
    for (const { path } of DIRECTIVES) expect(directiveReference()).to.contain(`${path.split('.').at(-1)!}\``);
  });
});
