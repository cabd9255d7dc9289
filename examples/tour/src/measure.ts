import type * as tf from '@tensorflow/tfjs';
import { type WeightSource, weightsOf } from '@weightkit/core';
import type { Digits } from '@weightkit/datasets';
import { accuracyOf, answersOf } from './data.ts';

/** Of a saved model's files. */
export interface Size {
  bytes: number;
  /** With each file gzipped at level 9. */
  gzipBytes: number;
}

export interface Stage extends Size {
  name: 'dense' | 'pruned' | 'quantized' | 'reloaded';
  /** Share of the test digits that are recognized, in [0, 1]. */
  accuracy: number;
  parameters: number;
  /** Parameters that are exactly zero. */
  zeros: number;
}

/** How many parameters a model has, and how many of the values it computes with are exactly zero. */
export async function countZeros(model: WeightSource): Promise<{ parameters: number; zeros: number }> {
  let parameters = 0;
  let zeros = 0;
  for (const weight of weightsOf(model)) {
    const tensor = weight.read();
    const values = await tensor.data();
    tensor.dispose();
    parameters += values.length;
    for (const value of values) if (value === 0) zeros++;
  }
  return { parameters, zeros };
}

/** The numbers of a stage and its answers; the size is that of its files. */
export async function judge(
  name: Stage['name'],
  model: tf.LayersModel,
  test: Digits,
  size: Size,
): Promise<{ stage: Stage; answers: Uint8Array }> {
  const answers = await answersOf(model, test);
  const stage = { name, accuracy: accuracyOf(answers, test), ...(await countZeros(model)), ...size };
  return { stage, answers };
}

/** The numbers of a stage; the size is that of its files. */
export const stageOf = async (...of: Parameters<typeof judge>): Promise<Stage> => (await judge(...of)).stage;
