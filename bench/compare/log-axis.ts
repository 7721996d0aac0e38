/** A logarithmic axis: values on a way from one coordinate to another. */
export interface LogAxis {
  readonly from: number;
  readonly to: number;
  at(value: number): number;
  /** The powers of ten, and where these are few their doubles and fives, smallest first. */
  readonly ticks: readonly number[];
}

/** A range of fewer powers of ten is marked between them too. */
const FEW_DECADES = 3;

/** An axis from `from` to `to` that holds all these values, which are above 0, and `room` times as much at both ends. */
export function logAxis(values: readonly number[], from: number, to: number, room: number): LogAxis {
  const least = Math.log10(Math.min(...values) / room);
  const most = Math.log10(Math.max(...values) * room);
  const steps = most - least > FEW_DECADES ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(least); power <= Math.ceil(most); power++) {
    for (const step of steps) {
      const tick = step * 10 ** power;
      if (Math.log10(tick) >= least && Math.log10(tick) <= most) ticks.push(tick);
    }
  }
  return { from, to, ticks, at: (value) => from + ((Math.log10(value) - least) / (most - least)) * (to - from) };
}
