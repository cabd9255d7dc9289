// Walks of the four optimizers over a surface, by hand. Nothing here loads TensorFlow.js.
import { randomKey, threefry2x32 } from '@weightkit/numerics';
import { type Memory, NOTHING, type OptimizerName, type Settings, type Stepped, step } from './rules.ts';
import { type Point, type Surface, type SurfaceName, surfaces } from './surfaces.ts';

/** What a walk depends on. */
export interface WalkParams extends Settings {
  surface: SurfaceName;
  x: number;
  y: number;
  steps: number;
  /** The gradient is off by up to this, as that of a batch is off that of all examples. */
  noise: number;
  seed: number;
}

/** Further off than this a walk has run away, and ends. */
export const AWAY = 50;
export const isAway = ([x, y]: Point): boolean => !(Math.abs(x) < AWAY && Math.abs(y) < AWAY);

/** What is added to the gradient at a step: the same for all optimizers. */
export function noiseAt({ noise, seed }: WalkParams, at: number): [number, number] {
  const words = threefry2x32(randomKey(seed), 0, at);
  return [noise * (words[0] / 2 ** 31 - 1), noise * (words[1] / 2 ** 31 - 1)];
}

/** One step of both weights: where it leads, and the numbers of each. */
export interface Both {
  point: Point;
  gradient: Point;
  memory: readonly [Memory, Memory];
  x: Stepped;
  y: Stepped;
}

export const START: readonly [Memory, Memory] = [NOTHING, NOTHING];

/** A step from a point. */
export function stepBoth(
  optimizer: OptimizerName,
  [x, y]: Point,
  memory: readonly [Memory, Memory],
  at: number,
  params: WalkParams,
  round?: (value: number) => number,
): Both {
  const { gradient }: Surface = surfaces[params.surface];
  const [slopeX, slopeY] = gradient(x, y);
  const [noiseX, noiseY] = noiseAt(params, at);
  const slope = [slopeX + noiseX, slopeY + noiseY] as const;
  const steppedX = step(optimizer, x, slope[0], memory[0], params, round);
  const steppedY = step(optimizer, y, slope[1], memory[1], params, round);
  return {
    point: [steppedX.weight, steppedY.weight],
    gradient: slope,
    memory: [steppedX.memory, steppedY.memory],
    x: steppedX,
    y: steppedY,
  };
}

/** A whole walk: its start, and where each step leads until it runs away. */
export function walk(optimizer: OptimizerName, params: WalkParams, round?: (value: number) => number): Point[] {
  const points: Point[] = [[params.x, params.y]];
  let memory = START;
  for (let at = 0; at < params.steps && !isAway(points.at(-1)!); at++) {
    const both = stepBoth(optimizer, points.at(-1)!, memory, at, params, round);
    memory = both.memory;
    points.push(both.point);
  }
  return points;
}

/** How far above the lowest place a point lies. */
export const above = (surface: SurfaceName, [x, y]: Point): number =>
  Math.max(0, surfaces[surface].height(x, y) - surfaces[surface].lowest);
