import { expect } from 'chai';
import {
  readScheduling,
  schedulingOf,
  schedulingText,
  statusField,
  udpOverflows,
  usageOf,
} from '../../bench/ring/proc.js';

/** A line of /proc/PID/stat of a process of this name, with nice, real-time priority and policy. */
function stat(name: string, nice: number, realTime: number, policy: number): string {
  const fields = Array.from({ length: 50 }, () => '0');
  fields[0] = 'S';
  fields[16] = `${nice}`;
  fields[37] = `${realTime}`;
  fields[38] = `${policy}`;
  return `4711 (${name}) ${fields.join(' ')}\n`;
}

describe('/proc', () => {
  it('tells how a process is scheduled, whatever its name', () => {
    expect(schedulingText(schedulingOf(stat('corosync', 0, 99, 2)))).to.equal('SCHED_RR 99');
    expect(schedulingText(schedulingOf(stat('a) 1 (b', -20, 0, 0)))).to.equal('SCHED_OTHER, nice -20');
    expect(schedulingText(readScheduling('self'))).to.match(/^SCHED_(OTHER|BATCH|RR|FIFO)/);
  });

  it('tells the datagrams that found a receive buffer full, by the names of its columns', () => {
    const ip4 = [
      'Ip: Forwarding DefaultTTL',
      'Ip: 2 64',
      'Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors',
      'Udp: 10 1 9 10 7 5 3 1 2',
      'UdpLite: InDatagrams RcvbufErrors',
      'UdpLite: 10 99',
    ];
    expect(udpOverflows(ip4.join('\n'))).to.equal(9);
    expect(udpOverflows('Udp: InDatagrams RcvbufErrors\nUdp: 10 7\n')).to.equal(7);
    expect(udpOverflows('Udp6InErrors   \t5\nUdp6RcvbufErrors   \t4\nUdpLite6RcvbufErrors \t8\n')).to.equal(4);
  });

  it('tells counts and sizes of a process', () => {
    const status =
      'VmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t5\n';
    expect(statusField(status, 'VmRSS')).to.equal(1024 * 1024);
    expect(statusField(status, 'voluntary_ctxt_switches')).to.equal(12);
    expect(statusField(status, 'VmSwap')).to.equal(undefined);
  });

  it('tells what all threads of this process used', () => {
    const { cpuSeconds, wakeups, residentBytes, peakBytes } = usageOf(process.pid);
    expect(cpuSeconds).to.be.above(0);
    expect(wakeups).to.be.above(0);
    expect(residentBytes).to.be.above(10e6);
    expect(peakBytes).to.be.at.least(residentBytes);
  });
});
