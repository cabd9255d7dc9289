import { expect, it } from 'vitest';
import { gainedLessThan } from '../src/train.ts';

const epochs = (...accuracies: number[]) =>
  accuracies.map((accuracy) => ({ loss: 0, accuracy, testLoss: 0, testAccuracy: 0 }));

it.each([
  [epochs(), undefined],
  [epochs(0.9), undefined],
  [epochs(0.9, 0.95), undefined],
  [epochs(0.5, 0.95, 0.951), 'training accuracy gained 0.10 points in the last one, less than 0.2'],
  [epochs(0.95, 0.9475), 'training accuracy fell by 0.25 points in the last one'],
])('gainedLessThan(0.2, %o) says %s', (results, reason) => {
  expect(gainedLessThan(0.2, results)).toBe(reason);
});
