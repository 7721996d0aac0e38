/** Examples of each family's page: what a person wants, and the commands for it. */
export const EXAMPLES: Readonly<Record<string, readonly (readonly [want: string, commands: readonly string[]])[]>> = {
  status: [
    ['Alarm if anything is worth attention:', ['chorale status --check >/dev/null || echo "look at $(hostname)"']],
    ['The members, for a script:', ["chorale status --json | jq -r '.members[]'"]],
  ],
  top: [['A line every ten seconds into a file:', ['chorale top --delay 10 >>/var/log/chorale-top.log']]],
  plugin: [['Try a changed plugin in the running node:', ['chorale plugin restart counter --fresh']]],
  quorum: [
    ['Do something only while this node is quorate:', ['chorale quorum status >/dev/null && start-the-service']],
    ['Wait for the next change:', ['chorale quorum watch --count 2']],
    ['Node n3 will be away for long; the rest shall go on without its vote:', ['chorale quorum expected 2']],
  ],
  cmap: [
    [
      'How the daemon is configured now:',
      ['chorale cmap list totem.', 'chorale cmap get --quiet runtime.config.totem.token'],
    ],
    ['See members come and go:', ['chorale cmap watch --prefix runtime.members.']],
    ['Have the daemon write its state to the log:', ['chorale cmap set runtime.blackbox.dump_state str yes']],
  ],
  cfg: [
    ['After corosync.conf was changed on every node:', ['chorale cfg reload']],
    ['Which nodes are reachable:', ["chorale cfg nodes --json | jq -r '.[] | select(.reachable) | .name'"]],
  ],
  cpg: [
    [
      'Say something to a group, and hear it on another node:',
      ['chorale cpg listen news', 'chorale cpg send news "hello"'],
    ],
    ['Who is in the group of Pacemaker:', ['chorale cpg groups crmd']],
  ],
  keygen: [
    [
      'A key for a new cluster, on every node:',
      ['chorale keygen', 'for node in n2 n3; do scp -p /etc/corosync/authkey $node:/etc/corosync/; done'],
    ],
  ],
  blackbox: [
    ['What led to the last change of the ring:', ['chorale blackbox --subsystem totem --lines 20']],
    ['After a crash:', ['chorale blackbox --file /var/lib/corosync/blackbox --severity warning']],
  ],
  demo: [['Without a terminal:', ['chorale demo --plain --seconds 10']]],
  replay: [['See the node as it was after 12.5 seconds:', ['chorale replay flight-recorder --until 12.5']]],
  completion: [
    [
      'For this shell, or for every bash:',
      ['source <(chorale completion bash)', 'chorale completion bash >/etc/bash_completion.d/chorale'],
    ],
  ],
};
