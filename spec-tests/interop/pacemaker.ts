import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './lab.js';

const LAB = fileURLToPath(new URL('../../../shared/lab/', import.meta.url));

/** The name of the one resource. */
const RESOURCE = 'dummy';

/** How long Pacemaker may take for anything: it elects and decides in steps of seconds. */
const PATIENCE_MS = 60_000;

/**
 * What all nodes start with: one resource that can migrate, whose state is a file of its host, no fencing device, and an
 * election that does not wait for twenty seconds.
 */
const CIB = `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" admin_epoch="0" epoch="1" num_updates="0">
  <configuration>
    <crm_config>
      <cluster_property_set id="options">
        <nvpair id="options-fencing" name="stonith-enabled" value="false"/>
        <nvpair id="options-election" name="dc-deadtime" value="2s"/>
        <nvpair id="options-quorum" name="no-quorum-policy" value="stop"/>
      </cluster_property_set>
    </crm_config>
    <nodes/>
    <resources>
      <primitive id="${RESOURCE}" class="ocf" provider="pacemaker" type="Dummy">
        <instance_attributes id="dummy-parameters">
          <nvpair id="dummy-state" name="state" value="/var/lib/pacemaker/dummy.state"/>
        </instance_attributes>
        <meta_attributes id="dummy-meta">
          <nvpair id="dummy-migrate" name="allow-migrate" value="true"/>
          <nvpair id="dummy-stay" name="resource-stickiness" value="100"/>
        </meta_attributes>
        <operations>
          <op id="dummy-monitor" name="monitor" interval="2s"/>
        </operations>
      </primitive>
    </resources>
    <constraints/>
  </configuration>
  <status/>
</cib>
`;

/** Debian's Pacemaker on the hosts of a laboratory, whatever daemon runs there. */
export class Pacemaker {
  private readonly directory = mkdtempSync(join(tmpdir(), 'chorale-pacemaker-'));
  private readonly started = new Set<number>();

  start(...hosts: number[]): void {
    for (const host of hosts) {
      // The laboratory puts this directory in the place of /var/lib/pacemaker.
      const cib = join(this.directory, `${host}/lib/cib`);
      if (!this.started.has(host)) {
        mkdirSync(cib, { recursive: true });
        writeFileSync(join(cib, 'cib.xml'), CIB, { mode: 0o600 });
        this.started.add(host);
      }
    }
    this.script('start', ...hosts);
  }

  /** Stops it in good order: its resources are moved away first. */
  async stop(host: number): Promise<void> {
    this.script('stop', host);
    await this.gone(host);
  }

  /** The host is reset, as fencing does: whatever runs there ends at once. */
  async reset(host: number): Promise<void> {
    for (const pid of this.processes(host)) signal(pid);
    await this.gone(host);
    rmSync(this.stateFile(host), { force: true });
  }

  /** Waits until no process of Pacemaker is left on a host. */
  async gone(host: number): Promise<void> {
    await this.eventually(`the end of Pacemaker on host ${host}`, [host], () => this.processes(host).length === 0);
  }

  /** Waits for a designated controller that all these hosts agree on, with quorum; returns its node name. */
  async controller(...hosts: number[]): Promise<string> {
    return this.eventually(`one controller of hosts ${hosts.join(' ')}`, hosts, async () => {
      const seen = await Promise.all(
        hosts.map(async (host) => ({
          controller: (await this.run(host, 'crmadmin', '-D', '-q')).trim(),
          quorate: (await this.run(host, 'crm_node', '-q')).trim(),
          members: (await this.run(host, 'crm_node', '-p')).trim().split(/\s+/).sort().join(' '),
        })),
      );
      const [{ controller }] = seen as [(typeof seen)[0]];
      const members = hosts.map((host) => `n${host}`).join(' ');
      const agreed = seen.every((at) => at.controller === controller && at.quorate === '1' && at.members === members);
      return agreed && controller !== '' && controller;
    });
  }

  /** The hosts where the resource runs, as `host` sees it. */
  async places(host: number): Promise<number[]> {
    const text = await this.run(host, 'crm_resource', '--resource', RESOURCE, '--locate', '--quiet');
    return [...text.matchAll(/^n(\d+)\b/gm)].map((match) => Number(match[1]));
  }

  /** Waits until all these hosts see the resource at one host that satisfies `fits`; returns that host. */
  async running(hosts: readonly number[], fits: (host: number) => boolean = () => true): Promise<number> {
    return this.eventually(`the resource at one host, seen by ${hosts.join(' ')}`, hosts, async () => {
      const seen = await Promise.all(hosts.map((host) => this.places(host)));
      const [place] = seen[0]!;
      return seen.every((at) => at.length === 1 && at[0] === place) && place !== undefined && fits(place) && place;
    });
  }

  /** Waits until `host` sees the resource nowhere. */
  async stopped(host: number): Promise<void> {
    await this.eventually(`the resource stopped, seen by host ${host}`, [host], async () => {
      return (await this.places(host)).length === 0;
    });
  }

  /** When the resource was started on a host; another value later means that it was not up all the time. */
  startedAt(host: number): number {
    return statSync(this.stateFile(host)).ctimeMs;
  }

  /** Puts a node in standby, or back. */
  async standby(host: number, on: boolean): Promise<void> {
    await this.run(host, 'crm_standby', '-N', `n${host}`, ...(on ? ['-v', 'on'] : ['-D']));
  }

  /** Ends everything. */
  async close(): Promise<void> {
    const keep = process.env['CHORALE_LAB_LOGS'];
    for (const host of this.started) {
      if (keep) writeFileSync(join(keep, `${host}-pacemaker.log`), this.log(host));
      for (const pid of this.processes(host)) signal(pid);
    }
    for (const host of this.started) await this.gone(host);
    rmSync(this.directory, { recursive: true, force: true });
  }

  private stateFile(host: number): string {
    return join(this.directory, `${host}/lib/dummy.state`);
  }

  /** Output of a command on a host, empty while Pacemaker does not answer there. */
  private run(host: number, ...command: string[]): Promise<string> {
    return new Promise((resolve) => {
      const words = ['exec', `${host}`, 'timeout', '20', ...command];
      execFile(join(LAB, 'netlab'), words, { encoding: 'utf8' }, (error, stdout) => resolve(error ? '' : stdout));
    });
  }

  private processes(host: number): number[] {
    const pids = execFileSync('ip', ['netns', 'pids', `nl-n${host}`], { encoding: 'utf8' })
      .split(/\s+/)
      .filter(Boolean);
    return pids.map(Number).filter((pid) => /^pacemaker/.test(nameOf(pid)));
  }

  private async eventually<T>(
    what: string,
    hosts: readonly number[],
    holds: () => T | undefined | false | Promise<T | undefined | false>,
  ): Promise<T> {
    return eventually(what, holds, PATIENCE_MS).catch(async (error: Error) => {
      const reports = await Promise.all(
        hosts.map(async (host) => {
          const log = this.log(host).split('\n').slice(-15).join('\n');
          return `--- host ${host}\n${await this.run(host, 'crm_mon', '-1', '-r')}\n${log}`;
        }),
      );
      throw new Error(`${error.message}\n${reports.join('\n')}`);
    });
  }

  private log(host: number): string {
    return this.script('log', host);
  }

  private script(word: string, ...hosts: number[]): string {
    const env = { ...process.env, PACEMAKER_LAB_DIR: this.directory };
    try {
      return execFileSync(join(LAB, 'pacemaker'), [word, ...hosts.map(String)], { env, encoding: 'utf8' });
    } catch (error) {
      return `${(error as { stdout?: string }).stdout ?? ''}`;
    }
  }
}

function nameOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'comm=', '-p', `${pid}`], { encoding: 'utf8' });
  } catch {
    return ''; // gone meanwhile
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone meanwhile
  }
}
