import { checkRange } from '@weightkit/numerics/check';
import { checkList } from '../marks/options.ts';
import { type Point, rule } from '../marks/shapes.ts';
import type { SvgNode } from '../marks/tree.ts';
import { type ChartValue, drawn, isDrawn, readValues, type Value } from '../marks/values.ts';

/** An interval that was read, from its lower to its upper end. */
export type Interval = readonly [Value, Value];

/** Reads an interval, undefined where there is none: two values, the first not above the second. */
export function readInterval(
  fn: string,
  whereOf: (key: string) => string,
  raw: readonly [ChartValue, ChartValue] | undefined,
): Interval | undefined {
  if (raw === undefined) return undefined;
  const where = whereOf('interval');
  checkList(fn, where, raw);
  checkRange(raw.length === 2, `${fn}: ${where} must be [low, high]`, raw);
  const [low, high] = readValues(fn, where, raw) as [Value, Value];
  checkRange(!isDrawn(low) || !isDrawn(high) || low <= high, `${fn}: ${where} must ascend`, raw);
  return [low, high];
}

/** A line from end to end with a bar across each end that is there; without one of its ends it goes to the value. */
export function intervalMarks(interval: Interval | undefined, value: Value, at: (value: Value) => Point): SvgNode[] {
  const ends = drawn(interval ?? []);
  const across = ends.map((end) => {
    const [x, y] = at(end);
    return rule([x, y - 5], [x, y + 5]);
  });
  const [from, until] = ends.length === 2 ? ends : [ends[0], isDrawn(value) ? value : ends[0]];
  return ends.length === 0 ? [] : [rule(at(from!), at(until!)), ...across];
}
