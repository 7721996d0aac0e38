import { parseArgs } from 'node:util';
import { socketPath } from 'chorale/sdk';
import { CounterClient } from './client.js';

const USAGE = 'use: main.js [--instance NAME | --socket PATH] add COUNTER [AMOUNT] | get COUNTER | watch';

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { instance: { type: 'string' }, socket: { type: 'string' } },
    allowPositionals: true,
  });
  const [command, counter, amount = '1'] = positionals;
  const wrong = command === 'watch' ? counter !== undefined : counter === undefined;
  if (wrong || !['add', 'get', 'watch'].includes(command ?? '')) {
    console.error(USAGE);
    return 2;
  }
  const name = values.instance === undefined ? 'choraled' : `choraled-${values.instance}`;
  const client = await CounterClient.connect({ path: values.socket ?? socketPath(name) });
  if (command === 'watch') {
    await client.watch((changed, value) => console.log(`${changed} ${value}`));
    return 0;
  }
  console.log(command === 'add' ? await client.add(counter!, Number(amount)) : await client.get(counter!));
  client.close();
  return 0;
}
