import type { Exam, LayerExam } from './exam.ts';
import { spreadOf } from './unit-values.ts';

/** A size by layer, in the order of the data. */
export interface Course {
  layer: LayerExam;
  value: number;
}

/** Where a course goes from one size to another. */
export interface Passage {
  /** The layers between which it changes most. */
  from: LayerExam;
  to: LayerExam;
  /** The factor there. */
  factor: number;
  /** The factor over the whole course. */
  whole: number;
}

const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

/**
 * The passage over which a course falls most: what comes behind a place at most, over what was before it at most, and of that the part
 * which the place adds to the fall before it. A branch that falls beside one that does not is no fall.
 */
export function fall(course: readonly Course[]): Passage | null {
  let [found, last]: [Passage | null, number] = [null, 1];
  for (let i = 1; i < course.length; i++) {
    const before = most(course.slice(0, i).map(({ value }) => value));
    const after = most(course.slice(i).map(({ value }) => value));
    const left = before === 0 ? 1 : after / before;
    const factor = last === 0 ? 1 : left / last;
    if (found === null || factor < found.factor)
      found = { from: course[i - 1]!.layer, to: course[i]!.layer, factor, whole: 1 };
    last = left;
  }
  if (found) found.whole = last;
  return found;
}

/** The passage over which a course rises most from one layer to the next. */
export function rise(course: readonly Course[]): Passage | null {
  let found: Passage | null = null;
  for (let i = 1; i < course.length; i++) {
    const before = course[i - 1]!.value;
    const factor = before === 0 ? 1 : course[i]!.value / before;
    if (found === null || factor > found.factor)
      found = { from: course[i - 1]!.layer, to: course[i]!.layer, factor, whole: 1 };
  }
  if (found === null) return null;
  const first = course[0]!.value;
  found.whole = first === 0 ? 1 : most(course.map(({ value }) => value)) / first;
  return found;
}

/**
 * How far what layers give goes up and down over the examples, with what comes into the first, and into those that give the model's
 * outputs: there branches have come together. Layers without data are left out.
 */
export function signals({ layers }: Exam): Course[] {
  const course = layers.flatMap((layer): Course[] => {
    const { isOutput, input, output } = layer;
    const seen = isOutput ? input : output;
    return seen && seen.nonFinite === 0 ? [{ layer, value: spreadOf(seen) }] : [];
  });
  const first = course[0]?.layer;
  if (!first?.input || first.isOutput) return course;
  if (first.input.nonFinite > 0) return course;
  const given = spreadOf(first.input);
  // What has ends cannot hand on more than about 1.
  return [{ layer: first, value: first.bounds ? Math.min(1, given) : given }, ...course];
}

/** Norms of the gradient at the layers' outputs, from the last to the first. */
export const gradients = ({ layers }: Exam): Course[] =>
  layers.flatMap((layer) => (layer.gradient === null ? [] : [{ layer, value: layer.gradient }])).reverse();
