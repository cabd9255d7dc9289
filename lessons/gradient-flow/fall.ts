import { slopeOf } from '../signal-propagation/measure.ts';
import type { Stats } from './experiment.ts';

/** How gradients change from layer to layer: a straight line through their logarithms. */
export interface Fall {
  /** How many times as large the gradient is in a layer as in the one before it. */
  factor: number;
  /** The gradient that the line has in each layer. */
  line: number[];
  /** Share of the variance of the logarithms that the line explains; 1 where they do not vary. */
  explained: number;
  /** How many times as large the gradient of the last layer is as that of the first, both as they are. */
  ends: number;
}

/** The line of least squares through the logarithms of the standard deviations; nothing where one of them is 0 or no number. */
export function fallOf(layers: readonly Stats[]): Fall | undefined {
  const stds = layers.map(({ std }) => std);
  if (stds.length < 2 || !stds.every((std) => std > 0 && Number.isFinite(std))) return undefined;
  const [x, y] = [stds.map((_, l) => l), stds.map(Math.log10)];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const slope = slopeOf(x, y);
  const start = mean(y) - slope * mean(x);
  const line = x.map((l) => start + slope * l);
  const square = (values: readonly number[]) => values.reduce((sum, value) => sum + value * value, 0);
  const [rest, all] = [square(y.map((value, l) => value - line[l]!)), square(y.map((value) => value - mean(y)))];
  return {
    factor: 10 ** slope,
    line: line.map((log) => 10 ** log),
    explained: all === 0 ? 1 : 1 - rest / all,
    ends: stds.at(-1)! / stds[0]!,
  };
}
