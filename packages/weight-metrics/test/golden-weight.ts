import * as tf from '@tensorflow/tfjs';
import { type GoldenWeight, goldenValues } from './golden-values.ts';

export const goldenTensor = (weight: GoldenWeight): tf.Tensor => tf.tensor(goldenValues(weight), weight.shape);
