import { Fixture, Request, u32s } from './fixture.js';
import { RawClient } from './raw-client.js';

// Run with a low limit of descriptors: what the client past it is told, and whether those before it are still served.
const fixture = new Fixture();
const clients: RawClient[] = [];
for (;;) {
  const client = await RawClient.connect(fixture.name());
  if (client.answer?.error !== 0) {
    client.close();
    clients[0]!.send(Request.ECHO, u32s(1));
    await clients[0]!.response();
    clients.pop()!.close();
    const again = await RawClient.connect(fixture.name());
    console.log(JSON.stringify({ let: clients.length, refused: client.answer?.error, again: again.answer?.error }));
    break;
  }
  clients.push(client);
}
process.exit(0);
