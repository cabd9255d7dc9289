import { describe, expect, it } from 'vitest';
import { inWords, nearest, snap, stroke, whole } from '../src/lesson/line-guess.ts';

const places = [1, 2, 4, 8];
const nothing = places.map(() => undefined);

describe('a line that is drawn by hand', () => {
  it('has its heights at the nearest place, in whole steps between 0 and the top', () => {
    expect([-3, 1.4, 1.6, 5.9, 6.1, 99].map((x) => nearest(places, x))).toEqual([0, 0, 1, 2, 3, 3]);
    expect([-1, 0.06, 0.08, 1.99, 7].map((height) => snap(height, 2, 0.05))).toEqual([0, 0.05, 0.1, 2, 2]);
  });

  it('goes straight along a stroke, forth and back, and keeps what the stroke does not touch', () => {
    const first = stroke(nothing, 1, 1, 3);
    expect(first).toEqual([undefined, 3, undefined, undefined]);
    expect(stroke(first, 1, 3, 1)).toEqual([undefined, 3, 2, 1]);
    expect(stroke([0, 3, 2, 1], 3, 1, 5)).toEqual([0, 5, 3, 1]);
    expect(stroke([0, 3, 2, 1], 2, 2, 4)).toEqual([0, 3, 4, 1]);
    // A quick movement that began nowhere.
    expect(stroke(nothing, 0, 3, 2)).toEqual([undefined, 2, 2, 2]);
  });

  it('is nothing at first, level from one point, and straight between two, by the places', () => {
    expect(whole(places, nothing)).toBeUndefined();
    expect(whole(places, [undefined, 3, undefined, undefined])).toEqual([3, 3, 3, 3]);
    expect(whole(places, [0, undefined, undefined, 7])).toEqual([0, 1, 3, 7]);
    expect(whole(places, [undefined, 1, undefined, 4])).toEqual([1, 1, 2, 4]);
  });

  it('is said with its ends and its highest point', () => {
    expect(inWords(places, [1.095, 1.975, 0.5, 0.091], 'epoch')).toBe(
      'from 1.09 to 0.09, highest at epoch 2 with 1.98',
    );
  });
});
