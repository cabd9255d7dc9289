import type { Run } from '@weightkit/lesson';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { fastGradient } from './fast-gradient.ts';
import { nearestReview } from './nearest-review.ts';
import { FULL, type Size, STARTS, type Start } from './network.ts';
import { type Reading, readReview, strongestWords } from './read.ts';
import { accuracyOf, learner } from './train.ts';
import { trainedNet, trainedWeights } from './trained.ts';

export interface Params {
  /** The reader's review. */
  review: string;
  /** Law of the embedding of the network that learns in the page. */
  start: Start;
  epochs: number;
  /** Unseen reviews by which the trained network is judged. */
  judged: number;
  seed: number;
}

/** The network that learns in the page: the most frequent words, and the last ones of each review. */
export const SMALL: Size = { words: 1000, length: 30, width: 8, units: 8 };
/** Reviews that it learns from, and that it is judged by. */
export const REVIEWS = { train: 4000, test: 500 } as const;
const TRAINING = { rate: 0.01, batch: 50, clip: 1 } as const;
const STRONGEST = 8;

/** The small network after so many passes. */
export interface Moment {
  epoch: number;
  /** Share of unseen reviews right. */
  accuracy: number;
  /** The mean loss of the pass; 0 before the first. */
  loss: number;
}

export interface Result {
  reading: Reading;
  /** The embedding of the words that move the answer most, a row each. */
  rows: { words: string[]; values: Float32Array };
  /** Words read alone, and by how much they move the log-odds. */
  alone: { word: string; odds: number }[];
  /** Share of unseen reviews that the trained network has right. */
  accuracy: number;
  moments: Moment[];
}

function check(params: Params): void {
  const fn = 'sentiment';
  checkOptions(fn, params, ['review', 'start', 'epochs', 'judged', 'seed']);
  const { review, start, epochs, judged, seed } = params;
  checkRange(nearestReview(review).value === review, `${fn}: review must be a line with a word in it`, review);
  checkRange(Object.hasOwn(STARTS, start), `${fn}: start must be one of ${Object.keys(STARTS).join(', ')}`, start);
  checkRange(Number.isInteger(epochs) && epochs >= 1 && epochs <= 40, `${fn}: epochs must be in [1, 40]`, epochs);
  checkRange(Number.isInteger(judged) && judged >= 1, `${fn}: judged must be an integer of 1 or more`, judged);
  checkRange(Number.isSafeInteger(seed), `${fn}: seed must be a safe integer`, seed);
}

/** What the trained network makes of a text. */
async function readText(text: string): Promise<Pick<Result, 'reading' | 'rows'>> {
  const weights = await trainedWeights();
  const reading = readReview(weights, text);
  const places = reading.words
    .map((_, i) => i)
    .filter((i) => reading.tokens.indexOf(reading.tokens[i]!) === i)
    .sort((a, b) => Math.abs(reading.effects[b]!) - Math.abs(reading.effects[a]!))
    .slice(0, STRONGEST);
  const values = new Float32Array(places.length * FULL.width);
  for (const [row, i] of places.entries()) {
    const from = reading.tokens[i]! * FULL.width;
    values.set(weights.embedding.subarray(from, from + FULL.width), row * FULL.width);
  }
  return { reading, rows: { words: places.map((i) => reading.words[i]!), values } };
}

/** Reads another review; nothing is trained. */
export const readAgain = async (result: Result, { review }: Params): Promise<Result> => ({
  ...result,
  ...(await readText(review)),
});

/**
 * Reads a review word by word with a trained network and hides each word in turn; judges that network by reviews that it has not seen;
 * then trains a small one of the same kind from the start that was chosen.
 *
 * @param params - the review, and the training
 * @param run - the reviews, progress with the result so far, and a way to stop
 */
export async function sentiment(params: Params, { data, onProgress, signal }: Run<Result>): Promise<Result> {
  check(params);
  const { review, start, epochs, judged, seed } = params;
  const result: Result = {
    ...(await readText(review)),
    alone: strongestWords(await trainedWeights(), STRONGEST),
    accuracy: Number.NaN,
    moments: [],
  };
  const { train, test } = await data.reviews({ train: REVIEWS.train, test: Math.max(judged, REVIEWS.test) });
  signal?.throwIfAborted();
  const first = (count: number) => ({ ...test, count });
  const net = await trainedNet();
  try {
    result.accuracy = await accuracyOf(net, first(judged), FULL);
  } finally {
    net.dispose();
  }
  const restore = fastGradient();
  const steps = epochs * (REVIEWS.train / TRAINING.batch);
  const learning = learner(SMALL, start, train, { ...TRAINING, seed });
  try {
    const look = async (epoch: number, loss: number) =>
      result.moments.push({ epoch, loss, accuracy: await accuracyOf(learning.net, first(REVIEWS.test), SMALL) });
    await look(0, 0);
    let done = 0;
    await onProgress?.({ done: 0, label: 'epoch 1', result });
    for (let epoch = 1; epoch <= epochs; epoch++) {
      let [sum, before] = [0, done];
      await learning.pass(epoch, async (loss) => {
        signal?.throwIfAborted();
        sum += loss;
        done++;
        await onProgress?.({ done: done / steps, label: `epoch ${epoch} of ${epochs}`, result });
      });
      await look(epoch, sum / (done - before));
      await onProgress?.({ done: done / steps, label: `epoch ${epoch} of ${epochs}`, result });
    }
    return result;
  } finally {
    restore();
    learning.dispose();
  }
}
