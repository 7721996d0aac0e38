import {
  A_01_01,
  DispatchFlags,
  SA_TIME_ONE_DAY,
  daemonBindings,
  fromDate,
  fromMilliseconds,
  socketPath,
} from 'chorale/sdk';
import type { SaTime } from 'chorale/sdk';
import { TimeType, TmrLibrary } from 'chorale/tmr';
import type { TimerAttributes } from 'chorale/tmr';
import { Command } from 'commander';

const program = new Command('reports')
  .description('Say when a report is due: every night, or every few seconds.')
  .option('--instance <name>', 'the daemon to talk to, if there are several on this host');

/** Prints the report whenever the timer expires, so often; without a number until Ctrl-C. */
async function report(attributes: TimerAttributes, title: string, times: number): Promise<void> {
  const { instance } = program.opts<{ instance?: string }>();
  const path = socketPath(instance === undefined ? 'choraled' : `choraled-${instance}`);
  const tmr = await new TmrLibrary(daemonBindings({ path })).initialize(
    {
      timerExpired: (_timerId, data, count) => {
        console.log(`${String(data)}: report ${count}`);
        if (count >= times) void tmr.finalize();
      },
    },
    A_01_01,
  );
  tmr.timerStart(attributes, title);
  await tmr.dispatch(DispatchFlags.BLOCKING);
}

/** The next time that it is so late, here. */
function next(hour: number, minute: number): SaTime {
  const at = new Date();
  at.setHours(hour, minute, 0, 0);
  const time = fromDate(at);
  return time > fromDate(new Date()) ? time : time + SA_TIME_ONE_DAY;
}

program
  .command('nightly <time> <title...>')
  .description('every day at this time, as 02:30')
  .action((time: string, title: string[]) => {
    const [, hour, minute] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time) ?? program.error(`${time} is no time as 02:30`);
    const first = next(Number(hour), Number(minute));
    const { ABSOLUTE: type } = TimeType;
    return report(
      { type, initialExpirationTime: first, timerPeriodDuration: SA_TIME_ONE_DAY },
      title.join(' '),
      Infinity,
    );
  });

program
  .command('every <seconds> <title...>')
  .description('every so many seconds')
  .option('--times <n>', 'end after so many reports', Number, Infinity)
  .action((seconds: string, title: string[], { times }: { times: number }) => {
    const period = fromMilliseconds(Number(seconds) * 1000);
    const { DURATION: type } = TimeType;
    return report({ type, initialExpirationTime: period, timerPeriodDuration: period }, title.join(' '), times);
  });

program.parseAsync().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
