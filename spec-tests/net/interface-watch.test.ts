import { mock } from 'node:test';
import { expect } from 'chai';
import { InterfaceWatch } from '../../core/net/interface-watch.js';

describe('net: interface watch', () => {
  let states: boolean[];
  let looks: number;
  let answer: () => boolean;
  let watch: InterfaceWatch;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    states = [];
    looks = 0;
    answer = () => true;
    watch = new InterfaceWatch(
      1000,
      () => {
        looks++;
        return answer();
      },
      (up) => states.push(up),
    );
    watch.start();
  });

  afterEach(() => {
    watch.stop();
    mock.timers.reset();
  });

  it('looks first after 100 ms, and tells what it sees, up or down', () => {
    mock.timers.tick(99);
    expect([looks, watch.up]).to.deep.equal([0, false]);
    mock.timers.tick(1);
    expect([looks, watch.up, states]).to.deep.equal([1, true, [true]]);
  });

  it('tells that it is down at first, too', () => {
    answer = () => false;
    mock.timers.tick(100);
    expect([watch.up, states]).to.deep.equal([false, [false]]);
  });

  it('looks every downcheck, and tells changes only', () => {
    mock.timers.tick(100);
    mock.timers.tick(1000);
    mock.timers.tick(999);
    expect([looks, states]).to.deep.equal([2, [true]]);
    answer = () => false;
    mock.timers.tick(1);
    expect([looks, states]).to.deep.equal([3, [true, false]]);
    for (let i = 0; i < 5; i++) mock.timers.tick(1000);
    answer = () => true;
    mock.timers.tick(1000);
    expect([looks, states]).to.deep.equal([9, [true, false, true]]);
  });

  it('a look that fails changes nothing and is counted', () => {
    mock.timers.tick(100);
    answer = () => {
      throw new Error('no descriptor left');
    };
    mock.timers.tick(1000);
    expect([watch.up, watch.failures, states]).to.deep.equal([true, 1, [true]]);
    answer = () => false;
    mock.timers.tick(1000);
    expect(states).to.deep.equal([true, false]);
  });

  it('stops, also from inside what it tells', () => {
    watch.stop();
    mock.timers.tick(5000);
    expect(looks).to.equal(0);
    const stopping: InterfaceWatch = new InterfaceWatch(
      10,
      () => {
        looks++;
        return true;
      },
      () => stopping.stop(),
    );
    stopping.start();
    mock.timers.tick(100);
    mock.timers.tick(100);
    expect(looks).to.equal(1);
  });
});
