import {
  checkNumber,
  checkNumbers,
  checkOptions,
  checkPlainObject,
  checkRange,
  checkType,
} from '@weightkit/numerics/check';
import { Message } from './message.ts';

/** What every event has. */
export interface EventTime {
  /** What TensorBoard lists it by; a slash makes groups, as in `norm/dense/kernel`. */
  tag: string;
  /** The step it is of, from 0. */
  step: number;
  /** When it was, in seconds since 1970. @defaultValue now */
  wallTime?: number;
}

/** A number, which TensorBoard keeps as a float32. */
export interface ScalarEvent extends EventTime {
  /** The number; NaN and infinities are written as such. */
  scalar: number;
}

/** A histogram as this package counts it: `counts[i]` values from `edges[i]` to `edges[i + 1]`. */
export interface EventHistogram {
  /** Edges, ascending, one more than counts. */
  edges: ArrayLike<number>;
  /** Values in each bin. */
  counts: ArrayLike<number>;
  /** Values below the first edge. @defaultValue 0 */
  below?: number;
  /** Values above the last edge. @defaultValue 0 */
  above?: number;
  /** The least value. @defaultValue the left edge of the first bin that holds something */
  min?: number;
  /** The greatest value. @defaultValue the right edge of the last bin that holds something */
  max?: number;
  /** Sum of the values. @defaultValue that of the middles of the bins */
  sum?: number;
  /** Sum of their squares. @defaultValue that of the middles of the bins */
  sumSquares?: number;
}

/** A histogram; TensorBoard shows those of one tag as one picture over the steps. */
export interface HistogramEvent extends EventTime {
  /** Its counts. */
  histogram: EventHistogram;
}

/** A picture. */
export interface ImageEvent extends EventTime {
  /** A PNG file, as `figure.png()` of `@weightkit/viz` gives it. */
  image: Uint8Array;
}

/** A text, which TensorBoard renders as Markdown. */
export interface TextEvent extends EventTime {
  /** The text. */
  text: string;
}

/** One thing to be shown at one step: a number, a histogram, a picture or a text. */
export type TensorboardEvent = ScalarEvent | HistogramEvent | ImageEvent | TextEvent;

const KINDS = ['scalar', 'histogram', 'image', 'text'] as const;
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

const isCount = (x: number): boolean => Number.isSafeInteger(x) && x >= 0;

/** A HistogramProto: min, max, num, sum, sum of squares, right edges and counts of the bins that hold something and those between. */
function histogramMessage(fn: string, histogram: EventHistogram): Message {
  checkPlainObject(`${fn}: histogram must be a plain object`, histogram);
  checkOptions(fn, histogram, ['edges', 'counts', 'below', 'above', 'min', 'max', 'sum', 'sumSquares'], 'histogram');
  const { edges, counts, below = 0, above = 0 } = histogram;
  checkNumbers(`${fn}: edges of histogram must be finite numbers`, edges, Number.isFinite);
  checkNumbers(`${fn}: counts of histogram must be whole numbers`, counts, isCount);
  checkRange(
    edges.length === counts.length + 1 && counts.length > 0,
    `${fn}: histogram must have one edge more than counts`,
    [edges.length, counts.length],
  );
  for (let i = 1; i < edges.length; i++)
    checkRange(edges[i - 1]! <= edges[i]!, `${fn}: edges of histogram must ascend`, edges);
  for (const [name, value] of [
    ['below', below],
    ['above', above],
  ] as const)
    checkNumber(`${fn}: ${name} of histogram must be a whole number`, value, isCount);

  const [first, last] = [edges[0]!, edges[edges.length - 1]!];
  const { min: least = first, max: most = last } = histogram;
  const bins = [
    { left: Math.min(least, first), right: first, count: below },
    ...Array.from(counts, (count, i) => ({ left: edges[i]!, right: edges[i + 1]!, count })),
    { left: last, right: Math.max(most, last), count: above },
  ];
  const full = [...bins.keys()].filter((i) => bins[i]!.count > 0);
  const held = full.length === 0 ? [] : bins.slice(full[0], full.at(-1)! + 1);
  const sumOf = (of: (middle: number) => number): number =>
    held.reduce((sum, { left, right, count }) => sum + count * of(left / 2 + right / 2), 0);
  const {
    min = held[0]?.left ?? 0,
    max = held.at(-1)?.right ?? 0,
    sum = sumOf((x) => x),
    sumSquares = sumOf((x) => x * x),
  } = histogram;
  for (const [name, value] of Object.entries({ min, max, sum, sumSquares }))
    checkNumber(`${fn}: ${name} of histogram must be a number`, value, (x) => !Number.isNaN(x));
  return new Message()
    .double(1, min)
    .double(2, max)
    .double(
      3,
      held.reduce((all, { count }) => all + count, 0),
    )
    .double(4, sum)
    .double(5, sumSquares)
    .packed(
      6,
      held.map(({ right }) => right),
    )
    .packed(
      7,
      held.map(({ count }) => count),
    );
}

/** An Image: height, width, channels and the file. */
function imageMessage(fn: string, image: unknown): Message {
  checkType(
    image instanceof Uint8Array && image.length > 33 && PNG.every((byte, i) => image[i] === byte),
    `${fn}: image must be the bytes of a PNG file`,
    image,
  );
  // IHDR comes first: 8 bytes of signature, 4 of length, 4 of name, width, height, depth, color type.
  const view = new DataView(image.buffer, image.byteOffset);
  const channels = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 }[view.getUint8(25)];
  checkRange(channels !== undefined, `${fn}: image must have a color type of PNG`, view.getUint8(25));
  return new Message()
    .integer(1, view.getUint32(20))
    .integer(2, view.getUint32(16))
    .integer(3, channels)
    .bytes(4, image);
}

/** A TensorProto of one string, and the metadata that name the plugin for texts. */
function textValue(value: Message, text: string): Message {
  const shape = new Message().bytes(2, new Message().integer(1, 1));
  const metadata = new Message().bytes(1, new Message().bytes(1, 'text'));
  const DT_STRING = 7;
  return value.bytes(8, new Message().integer(1, DT_STRING).bytes(2, shape).bytes(8, text)).bytes(9, metadata);
}

/** Throws unless a time is one that events can have. */
export function checkWallTime(fn: string, wallTime: unknown): asserts wallTime is number {
  checkNumber(`${fn}: wallTime must be seconds since 1970`, wallTime, (x) => x >= 0 && x < Number.POSITIVE_INFINITY);
}

/** An Event message: wall time, step, and a summary of one value. */
export function eventMessage(fn: string, event: TensorboardEvent): Message {
  checkPlainObject(`${fn}: event must be a plain object`, event);
  checkOptions(fn, event, ['tag', 'step', 'wallTime', ...KINDS], 'event');
  const { tag, step, wallTime = Date.now() / 1000 } = event;
  checkType(typeof tag === 'string' && tag !== '', `${fn}: tag must be a string that is not empty`, tag);
  checkNumber(`${fn}: step must be a whole number from 0`, step, (x) => Number.isSafeInteger(x) && x >= 0);
  checkWallTime(fn, wallTime);
  const kinds = KINDS.filter((kind) => (event as Partial<Record<typeof kind, unknown>>)[kind] !== undefined);
  checkType(kinds.length === 1, `${fn}: event must have one of ${KINDS.join(', ')}`, kinds);

  const { scalar, histogram, image, text } = event as Partial<ScalarEvent & HistogramEvent & ImageEvent & TextEvent>;
  const value = new Message().bytes(1, tag);
  if (scalar !== undefined) {
    checkNumber(`${fn}: scalar must be a number`, scalar, () => true);
    value.float(2, scalar);
  } else if (image !== undefined) value.bytes(4, imageMessage(fn, image));
  else if (histogram !== undefined) value.bytes(5, histogramMessage(fn, histogram));
  else {
    checkType(typeof text === 'string', `${fn}: text must be a string`, text);
    textValue(value, text);
  }
  return new Message().double(1, wallTime).integer(2, step).bytes(5, new Message().bytes(1, value));
}
