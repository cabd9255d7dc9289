import { wilson } from './interval.ts';

/** Whether the top classes of an output stay. */
export interface ClassEffect {
  /** How many rows were compared: examples, times the steps of an output that has them. */
  rows: number;
  /** How many have their largest number at the same place. */
  equal: number;
  /** Their share. */
  share: number;
  /** Its 95 % interval (Wilson). */
  interval: [low: number, high: number];
  /** The share of rows in the most frequent class, before. */
  largestClass: number;
  /** Whether that is more than half: such rows say little about the other classes. */
  tooUniform: boolean;
}

/** What became of one output of a model. */
export interface OutputEffect {
  /** ‖after − before‖ / ‖before‖ over all examples, in float64; 0 where nothing changed. */
  relative: number;
  /** The largest change of one number; Infinity where one of the two is not finite. */
  largest: number;
  /** Of outputs that are classes: probabilities along the last axis, or two numbers or more for each example. Null for others. */
  classes: ClassEffect | null;
}

/** All numbers of an output, of all examples, and their shape. */
export interface OutputValues {
  values: Float32Array;
  shape: readonly number[];
}

function topOf(values: Float32Array, from: number, length: number): number {
  let top = from;
  for (let i = from + 1; i < from + length; i++) if (values[i]! > values[top]!) top = i;
  return top - from;
}

/** Whether rows are probabilities: they sum to 1, and the error of that sum in float32 or float16. */
function areProbabilities(values: Float32Array, length: number): boolean {
  for (let from = 0; from < values.length; from += length) {
    let sum = 0;
    for (let i = from; i < from + length; i++) {
      if (!(values[i]! >= 0)) return false;
      sum += values[i]!;
    }
    if (!(Math.abs(sum - 1) < 1e-3)) return false;
  }
  return values.length > 0;
}

function classEffect(before: OutputValues, after: OutputValues): ClassEffect | null {
  const length = before.shape.at(-1) ?? 1;
  if (length < 2 || before.values.length === 0) return null;
  if (before.shape.length !== 2 && !areProbabilities(before.values, length)) return null;
  const rows = before.values.length / length;
  const counts = new Map<number, number>();
  let equal = 0;
  for (let from = 0; from < before.values.length; from += length) {
    const top = topOf(before.values, from, length);
    counts.set(top, (counts.get(top) ?? 0) + 1);
    if (top === topOf(after.values, from, length)) equal++;
  }
  const largestClass = Math.max(...counts.values()) / rows;
  const interval = wilson(equal, rows);
  return { rows, equal, share: equal / rows, interval, largestClass, tooUniform: largestClass > 0.5 };
}

/** Compares an output of a model with what it was, number for number. */
export function outputEffect(before: OutputValues, after: OutputValues): OutputEffect {
  let [signal, noise, largest] = [0, 0, 0];
  for (const [i, value] of before.values.entries()) {
    const other = after.values[i]!;
    if (!Object.is(value, other)) {
      const difference = Math.abs(value - other);
      largest = Math.max(largest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
      noise += Number.isFinite(difference) ? difference ** 2 : Number.POSITIVE_INFINITY;
    }
    if (Number.isFinite(value)) signal += value ** 2;
  }
  const relative = noise === 0 ? 0 : Math.sqrt(noise / signal);
  return { relative, largest, classes: classEffect(before, after) };
}
