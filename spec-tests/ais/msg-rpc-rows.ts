import { expect } from 'chai';
import { SA_TIME_END } from 'chorale/sdk';
import { AckFlags, GroupPolicy } from '../../plugins/msg/index.js';
import type { MessageGetResult, MsgMessage, MsgQueue, SendReceiveResult } from '../../plugins/msg/index.js';
import { outcomeName } from './cluster.js';
import { MsgCluster, WILD, bytes, ms, text, textOf } from './msg-cluster.js';
import type { MsgProcess } from './msg-cluster.js';
import type { ConformanceTable } from './rows.js';

const { MESSAGE_DELIVERED_ACK } = AckFlags;

/** Who asks, on node 2, and who answers from the queue Q, on node 1. */
class Rpc {
  private constructor(
    readonly all: MsgCluster,
    readonly asker: MsgProcess,
    readonly server: MsgProcess,
    readonly queue: MsgQueue,
  ) {}

  static async of(without: readonly 'messageDelivered'[] = []): Promise<Rpc> {
    const all = await MsgCluster.of([1, 2]);
    const server = await all.process(1, { without });
    return new Rpc(all, await all.process(2), server, await server.open());
  }

  /** A request under way, and what the server got of it. */
  async asked(
    timeout = ms(5000),
    buffer?: { data: Uint8Array; size: number },
  ): Promise<{ got: MessageGetResult; done: () => Promise<SendReceiveResult | string> }> {
    const call = this.asker.msg.messageSendReceive('Q', text('ask'), timeout, buffer);
    const caught = call.catch((thrown: unknown) => outcomeName(thrown));
    const got = await this.all.ais.settled(this.queue.messageGet(ms(5000)));
    return { got, done: () => this.all.ais.settled(caught) };
  }

  replies(message: MsgMessage, senderId: bigint, timeout = ms(5000)): Promise<string> {
    return this.all.ais.outcome(() => this.server.msg.messageReply(message, senderId, timeout));
  }

  asks(destination: string, timeout = ms(5000), message = text('ask')): Promise<string> {
    return this.all.ais.outcome(() => this.asker.msg.messageSendReceive(destination, message, timeout));
  }
}

/** Rows of requests and replies. */
export function rpcRows(table: ConformanceTable): void {
  table.row(
    ['MSG-RPC-01', 'MSG-RPC-02', 'MSG-RPC-03', 'MSG-RPC-13', 'MSG-RPC-16', 'MSG-RPC-17'],
    'a reply',
    async () => {
      const rpc = await Rpc.of();
      const { got, done } = await rpc.asked();
      expect(got.senderId).to.not.equal(0n);
      expect(
        await rpc.replies(
          { type: 5, version: 6, priority: 1, senderName: 'server', data: Buffer.from('answer') },
          got.senderId,
        ),
      ).to.equal('OK');
      const { message, replySendTime } = (await done()) as SendReceiveResult;
      expect([message.type, message.version, message.senderName, textOf(message.data)]).to.deep.equal([
        5,
        6,
        'server',
        'answer',
      ]);
      expect(replySendTime - got.sendTime > 0n && replySendTime - got.sendTime < ms(5000)).to.equal(true);
      expect(await rpc.replies(text('again'), got.senderId)).to.equal('NOT_EXIST');
    },
  );
  table.row(['MSG-RPC-04', 'MSG-RPC-05', 'MSG-RPC-18'], 'no reply in time', async () => {
    const rpc = await Rpc.of();
    const { got, done } = await rpc.asked(ms(500));
    expect(await done()).to.equal('TIMEOUT');
    await rpc.all.ais.quiet();
    expect(await rpc.replies(text('late'), got.senderId)).to.equal('NOT_EXIST');
    expect(await rpc.asks('Q', 0n)).to.equal('TIMEOUT');
    expect(await rpc.server.counts(), 'nothing was sent').to.deep.equal([0, 0, 0, 0]);
  });
  table.row(['MSG-RPC-06', 'MSG-RPC-07', 'MSG-RPC-20', 'MSG-RPC-22'], 'arguments that cannot be', async () => {
    const { all, asker } = await Rpc.of();
    const none = null as never;
    for (const call of [
      () => asker.msg.messageSendReceive(none, text('x'), SA_TIME_END),
      () => asker.msg.messageSendReceive('Q', none, SA_TIME_END),
      () => asker.msg.messageSendReceive('Q', text('x', 4), SA_TIME_END),
      () => asker.msg.messageSendReceive('Q', text('x'), SA_TIME_END, { data: 'text' as never, size: 0 }),
      () => asker.msg.messageReply(text('x'), 0n, SA_TIME_END),
      () => asker.msg.messageReply(text('x'), none, SA_TIME_END),
      () => asker.msg.messageReply(none, 1n, SA_TIME_END),
      () => asker.msg.messageReplyAsync(1n, none, 1n, 0),
    ]) {
      expect(await all.ais.outcome(call)).to.equal('INVALID_PARAM');
    }
  });
  table.row(['MSG-RPC-08', 'MSG-RPC-09', 'MSG-RPC-10', 'MSG-RPC-11'], 'a message that cannot be sent', async () => {
    const rpc = await Rpc.of();
    expect(await rpc.asks('nowhere')).to.equal('NOT_EXIST');
    expect(await rpc.asks('Q', ms(1000), bytes(513))).to.equal('QUEUE_FULL');
    await rpc.server.group('G', []);
    await rpc.server.group('B', ['R'], GroupPolicy.BROADCAST);
    expect(await rpc.asks('G')).to.equal('QUEUE_NOT_AVAILABLE');
    expect(await rpc.asks('B')).to.equal('INVALID_PARAM');
    expect(await rpc.server.counts('R')).to.deep.equal([0, 0, 0, 0]);
  });
  table.row(['MSG-RPC-12', 'MSG-RPC-21'], 'a reply that is larger than the buffer', async () => {
    const rpc = await Rpc.of();
    const buffer = { data: new Uint8Array(9), size: 0 };
    const { got, done } = await rpc.asked(ms(5000), buffer);
    expect(await rpc.replies(bytes(10), got.senderId)).to.equal('NO_SPACE');
    expect([await done(), buffer.size]).to.deep.equal(['NO_SPACE', 10]);
  });
  table.row('MSG-RPC-12', 'one that fits', async () => {
    const rpc = await Rpc.of();
    const buffer = { data: new Uint8Array(9), size: 0 };
    const { got, done } = await rpc.asked(ms(5000), buffer);
    expect(await rpc.replies(text('answer'), got.senderId)).to.equal('OK');
    await done();
    expect(textOf(buffer.data.subarray(0, buffer.size))).to.equal('answer');
  });
  table.row('MSG-RPC-14', 'a reply without data', async () => {
    const rpc = await Rpc.of();
    const { got, done } = await rpc.asked();
    expect(await rpc.replies({}, got.senderId)).to.equal('OK');
    expect(((await done()) as SendReceiveResult).message.data.length).to.equal(0);
  });
  table.row('MSG-RPC-15', 'the receiver dies', async () => {
    const rpc = await Rpc.of();
    const { done } = await rpc.asked(ms(1000));
    rpc.server.program.kill();
    expect(await done()).to.equal('TIMEOUT');
  });
  table.row(['MSG-RPC-19', 'MSG-RPC-23', 'MSG-RPC-24'], 'replies that cannot be', async () => {
    const rpc = await Rpc.of();
    expect(await rpc.replies(text('x'), WILD)).to.equal('NOT_EXIST');
    const { got, done } = await rpc.asked();
    expect(await rpc.replies(text('x'), got.senderId, 0n)).to.equal('TIMEOUT');
    expect(await rpc.replies(text('x'), got.senderId)).to.equal('OK');
    await done();
    const { server, all } = rpc;
    await all.ais.settled(server.msg.finalize());
    expect(await rpc.replies(text('x'), got.senderId)).to.equal('BAD_HANDLE');
    const late = (): void => server.msg.messageReplyAsync(1n, text('x'), 1n, 0);
    expect(await all.ais.outcome(late)).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => server.library.at(WILD).messageReply(text('x'), 1n, 1n))).to.equal('BAD_HANDLE');
  });
  table.row(['MSG-RPC-25', 'MSG-RPC-26', 'MSG-RPC-28', 'MSG-RPC-29', 'MSG-RPC-30'], 'asynchronously', async () => {
    const rpc = await Rpc.of();
    const { server, all } = rpc;
    const reply = (invocation: bigint, senderId: bigint, flags: number, message = text('answer')): Promise<string> =>
      all.ais.outcome(() => server.msg.messageReplyAsync(invocation, message, senderId, flags));
    const first = await rpc.asked();
    expect(await reply(1n, first.got.senderId, MESSAGE_DELIVERED_ACK)).to.equal('OK');
    expect(textOf(((await first.done()) as SendReceiveResult).message.data)).to.equal('answer');
    const second = await rpc.asked();
    expect(await reply(2n, second.got.senderId, 0)).to.equal('OK');
    expect(textOf(((await second.done()) as SendReceiveResult).message.data)).to.equal('answer');
    expect(await reply(3n, second.got.senderId, 4)).to.equal('BAD_FLAGS');
    expect(await reply(4n, second.got.senderId, MESSAGE_DELIVERED_ACK)).to.equal('OK');
    const third = await rpc.asked(ms(5000), { data: new Uint8Array(3), size: 0 });
    expect(await reply(5n, third.got.senderId, MESSAGE_DELIVERED_ACK)).to.equal('OK');
    expect(await third.done()).to.equal('NO_SPACE');
    await all.ais.quiet();
    expect(server.log).to.deep.equal(['delivered 1 OK', 'delivered 4 NOT_EXIST', 'delivered 5 NO_SPACE']);
  });
  table.row('MSG-RPC-27', 'without the callback', async () => {
    const { server, all } = await Rpc.of(['messageDelivered']);
    const reply = (): void => server.msg.messageReplyAsync(1n, text('x'), 1n, MESSAGE_DELIVERED_ACK);
    expect(await all.ais.outcome(reply)).to.equal('INIT');
  });
  table.row('MSG-RPC-18', 'the requester dies', async () => {
    const rpc = await Rpc.of();
    const { got } = await rpc.asked();
    rpc.all.ais.cluster.crash(2);
    await rpc.all.ais.cluster.formed(1);
    expect(await rpc.replies(text('x'), got.senderId)).to.equal('NOT_EXIST');
  });
}
