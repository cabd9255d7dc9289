/** A vector of a unit with two inputs. */
export type Pair = readonly [number, number];

/** A unit's weights by a direction and a length: w = g · v / ‖v‖. */
export interface Arrow {
  v: Pair;
  g: number;
}

/** What the unit of the page is to give for what. */
export const INPUT: Pair = [1, 0.5];
export const TARGET = 1;

const dot = ([a, b]: Pair, [c, d]: Pair): number => a * c + b * d;
export const lengthOf = ([x, y]: Pair): number => Math.hypot(x, y);

/** w = g · v / ‖v‖. */
export function weightsOf({ v, g }: Arrow): Pair {
  const length = lengthOf(v);
  return [(g * v[0]) / length, (g * v[1]) / length];
}

/** What the unit gives, half the square of its error, and the gradients of that. */
export function gradientsOf(arrow: Arrow): { output: number; loss: number; g: number; v: Pair } {
  const length = lengthOf(arrow.v);
  const output = dot(weightsOf(arrow), INPUT);
  const error = output - TARGET;
  const direction: Pair = [arrow.v[0] / length, arrow.v[1] / length];
  const byWeight: Pair = [error * INPUT[0], error * INPUT[1]];
  const along = dot(byWeight, direction);
  const factor = arrow.g / length;
  return {
    output,
    loss: (error * error) / 2,
    g: along,
    // What lies along v is taken out of it: the rest is at a right angle.
    v: [factor * (byWeight[0] - along * direction[0]), factor * (byWeight[1] - along * direction[1])],
  };
}

/** One step of gradient descent. */
export function stepped(arrow: Arrow, rate: number): Arrow {
  const { g, v } = gradientsOf(arrow);
  return { g: arrow.g - rate * g, v: [arrow.v[0] - rate * v[0], arrow.v[1] - rate * v[1]] };
}
