import { frequentWords, nodeData, readImdb } from '@weightkit/datasets/node';
import { REVIEW_WORDS, SENTIMENT_MODEL } from '@weightkit/datasets/sentiment';
import { type Lesson, meanInterval, runLesson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { lesson } from './lesson.ts';
import { BASE, ORDER } from './measure.ts';
import { FULL } from './network.ts';
import { accuracyOf } from './train.ts';
import { trainedNet } from './trained.ts';

const data = nodeData();

describe('sentiment, the whole of it', () => {
  it('the file has 75 % of 5,000 unseen reviews right or more, as many as it says', async () => {
    const { test } = await data.reviews({ train: 0, test: 5000 });
    const net = await trainedNet();
    const accuracy = await accuracyOf(net, test, FULL);
    net.dispose();
    expect(accuracy).toBeGreaterThan(0.75);
    // Another backend may round a chance near one half to the other side, for a few of the 5,000.
    expect(Math.abs(accuracy - SENTIMENT_MODEL.measured.packed)).toBeLessThan(0.002);
  }, 900_000);

  it('knows the most frequent words of the reviews for training', async () => {
    const { train } = await readImdb();
    expect(
      frequentWords(
        train.map(({ t }) => t),
        FULL.words - 2,
      ),
    ).toEqual(REVIEW_WORDS);
  }, 900_000);

  it('the three starts of the slide are close, and an embedding of standard deviation 1 is behind', async () => {
    const accuracies: number[][] = [];
    for (let seed = 50; seed < 56; seed++) {
      const row = [];
      for (const start of ORDER) {
        const { result } = await runLesson(lesson, { ...BASE, start, seed }, { data });
        row.push(100 * result.moments.at(-1)!.accuracy);
      }
      accuracies.push(row);
    }
    const ahead = (start: number, other: number) => meanInterval(accuracies.map((row) => row[start]! - row[other]!));
    for (const start of [1, 2]) expect(Math.abs(ahead(start, 0).mean)).toBeLessThan(6);
    expect(ahead(0, 3).low).toBeGreaterThan(0);
  }, 1_800_000);

  it('shows nothing that is no number at the corners of its controls', async () => {
    const few = { epochs: [1, 2], judged: [100], seed: [999], review: ['good', 'zzyzx '.repeat(90).trim()] };
    for (const values of cornersOf(lesson as unknown as Lesson, few))
      await expectSound(lesson as unknown as Lesson, values);
  }, 900_000);
});
