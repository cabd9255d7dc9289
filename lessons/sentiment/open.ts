import * as tf from '@tensorflow/tfjs';
import { openCheckpoint } from '@weightkit/checkpoint';
import { handlerOf } from '@weightkit/core';

/** The network in a file of packed codes, loaded by stock TensorFlow.js. */
export const open = async (file: Uint8Array): Promise<tf.LayersModel> =>
  tf.loadLayersModel(handlerOf(await openCheckpoint(new Map([['sentiment.compact', file]]))));
