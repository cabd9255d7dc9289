/**
 * Writes the part that two arrays have in common, from the first index of every axis on, into the second.
 *
 * @param from - values of shape `shape`, row-major
 * @param to - values of shape `target`, with as many axes; changed
 */
export function overlap(
  from: Float32Array,
  shape: readonly number[],
  to: Float32Array,
  target: readonly number[],
): void {
  const common = shape.map((size, axis) => Math.min(size, target[axis]!));
  const count = common.reduce((product, size) => product * size, 1);
  for (let i = 0; i < count; i++) {
    let [rest, source, at] = [i, 0, 0];
    let [sourceStep, step] = [1, 1];
    for (let axis = common.length - 1; axis >= 0; axis--) {
      const place = rest % common[axis]!;
      rest = (rest - place) / common[axis]!;
      source += place * sourceStep;
      at += place * step;
      sourceStep *= shape[axis]!;
      step *= target[axis]!;
    }
    to[at] = from[source]!;
  }
}
