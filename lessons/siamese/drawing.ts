import type { NearText } from '@weightkit/lesson';
import { INPUTS, SIDE } from './size.ts';

/** Where MNIST has the center of mass: on the middle of pixel 14 of 28, counted from 0. */
const CENTER = 14.5 / 2;
/** Shades that a pixel of a drawing has in an address: with 8 of them one letter stands for two pixels. */
const SHADES = 8;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const LENGTH = INPUTS / 2;
/** How many digits of each kind can be taken, in the order of the unseen ones. */
export const EACH = 10;

/** An image to be compared: the n-th unseen digit of a kind, or 14 × 14 values in [0, 1] that were drawn. */
export type Drawing = { digit: number; nth: number } | { pixels: Float32Array };

/** A drawing as a text: two pixels a letter. */
export function drawingText(pixels: ArrayLike<number>): string {
  const codes = Array.from({ length: INPUTS }, (_, i) =>
    Math.round((SHADES - 1) * Math.min(1, Math.max(0, pixels[i] ?? 0))),
  );
  return Array.from({ length: LENGTH }, (_, i) => LETTERS[SHADES * codes[2 * i]! + codes[2 * i + 1]!]).join('');
}

/** What a text stands for; nothing where it is neither a digit nor a drawing. */
export function readDrawing(text: string): Drawing | undefined {
  const named = /^(\d)\.(\d)$/.exec(text);
  if (named) return { digit: Number(named[1]), nth: Number(named[2]) };
  if (text.length !== LENGTH || [...text].some((letter) => !LETTERS.includes(letter))) return undefined;
  const pixels = Float32Array.from({ length: INPUTS }, (_, i) => {
    const code = LETTERS.indexOf(text[i >> 1]!);
    return (i % 2 === 0 ? Math.floor(code / SHADES) : code % SHADES) / (SHADES - 1);
  });
  return { pixels };
}

/** The text, or the first unseen digit of the kind that it begins with. */
export function nearestDrawing(text: string): NearText {
  const trimmed = text.trim();
  if (readDrawing(trimmed)) return { value: trimmed };
  const digit = /\d/.exec(trimmed)?.[0] ?? '0';
  return { value: `${digit}.0`, said: `“${trimmed}” is neither a digit, such as 3.0, nor a drawing` };
}

/** The part of a square image with ink in it; nothing on blank paper. */
function boxOf(ink: ArrayLike<number>, side: number) {
  const inked = Array.from({ length: side * side }, (_, i) => i).filter((i) => ink[i]! > 0.05);
  if (inked.length === 0) return undefined;
  const ends = (all: number[]) => [Math.min(...all), Math.max(...all) + 1] as const;
  const [left, right] = ends(inked.map((i) => i % side));
  const [top, bottom] = ends(inked.map((i) => Math.floor(i / side)));
  return { left, top, width: right - left, height: bottom - top };
}

/**
 * What was drawn on a square, as MNIST has its digits: scaled so that it fills a square of 10 pixels, with its center of mass in the
 * middle of 14 × 14 pixels, or rather a quarter of a pixel beside it.
 *
 * @param ink - the drawing row by row, in [0, 1]
 * @param side - its pixels along a side
 */
export function asDigit(ink: ArrayLike<number>, side: number): Float32Array {
  const digit = new Float32Array(INPUTS);
  const box = boxOf(ink, side);
  if (!box) return digit;
  // A point is no digit of 10 pixels: of small drawings not more than a third of the square is taken.
  const size = Math.max(box.width, box.height, side / 3);
  const step = size / 10;
  let [mass, x, y] = [0, 0, 0];
  for (let i = 0; i < side * side; i++) {
    const value = ink[i]!;
    mass += value;
    x += value * ((i % side) + 0.5);
    y += value * (Math.floor(i / side) + 0.5);
  }
  const [left, top] = [x / mass - CENTER * step, y / mass - CENTER * step];
  // The mean of the ink in each pixel's square, by nine samples for each pixel of the drawing.
  const samples = Math.max(1, Math.ceil(3 * step));
  for (let pixel = 0; pixel < INPUTS; pixel++) {
    let sum = 0;
    for (let k = 0; k < samples * samples; k++) {
      const column = Math.floor(left + step * ((pixel % SIDE) + ((k % samples) + 0.5) / samples));
      const row = Math.floor(top + step * (Math.floor(pixel / SIDE) + (Math.floor(k / samples) + 0.5) / samples));
      if (column >= 0 && column < side && row >= 0 && row < side) sum += ink[row * side + column]!;
    }
    digit[pixel] = sum / samples ** 2;
  }
  return digit;
}
