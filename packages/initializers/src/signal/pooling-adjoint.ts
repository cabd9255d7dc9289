import type { Pooling } from './pooling-rule.ts';
import type { Windows } from './windows.ts';

/** For each window the numbers that it takes along its axis. */
function takenBy({ inputs, windows, taps, stride, dilation, before }: Windows): number[][] {
  return Array.from({ length: windows! }, (_, o) =>
    Array.from({ length: taps }, (_, t) => o * stride - before + t * dilation).filter((i) => i >= 0 && i < inputs!),
  );
}

/** Offsets of the places that each window takes, windows and places in the order of memory. */
function placesOf({ windows }: Pooling): number[][] {
  return windows.reduce<number[][]>(
    (all, { windows: own }) =>
      all.flatMap((places) =>
        takenBy(own).map((taken) => places.flatMap((place) => taken.map((i) => place * own.inputs! + i))),
      ),
    [[0]],
  );
}

/**
 * The gradient at the input of a pooling layer, channels last: an average gives each of its inputs an equal part, a maximum all
 * to the first that is largest. The stock one of the maximum is wrong on wasm.
 *
 * @param x - the layer's input, [batch, ...places, channels]
 * @param g - the gradient at its output
 */
export function poolingAdjoint(
  x: ArrayLike<number>,
  g: ArrayLike<number>,
  pooling: Pooling,
  channels: number,
): Float32Array {
  const places = placesOf(pooling);
  const size = pooling.windows.reduce((total, { windows }) => total * windows.inputs!, 1) * channels;
  const back = new Float32Array(x.length);
  for (let start = 0, at = 0; start < x.length; start += size)
    for (const taken of places)
      for (let c = 0; c < channels; c++, at++) {
        if (!pooling.isMaximum) {
          for (const place of taken) back[start + place * channels + c]! += g[at]! / taken.length;
          continue;
        }
        let best = taken[0]!;
        for (const place of taken) if (x[start + place * channels + c]! > x[start + best * channels + c]!) best = place;
        back[start + best * channels + c]! += g[at]!;
      }
  return back;
}
