import { runLesson } from '@weightkit/lesson';
import { expect, it } from 'vitest';
import { lesson } from './lesson.ts';
import { PRESETS } from './presets.ts';
import { plan, totalOf } from './sizes.ts';
import { readStack } from './stack.ts';
import { worstOf } from './summary.ts';

const refuse = () => Promise.reject(new Error('no data needed'));
const data = { digits: refuse, reviews: refuse };

it('counts what TensorFlow.js counts for the Siamese tower of slide 9, 31,496,640 parameters, and for the largest stacks', async () => {
  const largest = [
    'vector-4096.dense-4096.dense-4096',
    'words-500.embedding-50000-512',
    'image-224-224-4.conv-16-11-same',
  ];
  for (const stack of [PRESETS['slide 9: a Siamese tower'], ...largest]) {
    const { result } = await runLesson(lesson, { stack }, { data });
    expect(result.total).toBe(totalOf(plan(readStack(stack).stack)));
  }
  expect(totalOf(plan(readStack(PRESETS['slide 9: a Siamese tower']).stack))).toBe(31_496_640);
}, 120_000);

it('multiplies by hand as predict does for 300 seeds', async () => {
  let worst = 0;
  for (let seed = 0; seed < 300; seed++) {
    const { result } = await runLesson(lesson, { stack: 'vector-2.dense-1', inputs: 8, outputs: 6, seed }, { data });
    worst = Math.max(worst, worstOf(result));
  }
  // As in lesson.test.ts.
  expect(worst).toBeLessThan(6e-6);
}, 120_000);
