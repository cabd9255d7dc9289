import type * as tf from '@tensorflow/tfjs';
import { openCheckpoint } from '@weightkit/checkpoint';
import { SENTIMENT_MODEL } from '@weightkit/datasets/sentiment';
import { open } from './open.ts';
import type { Weights } from './read.ts';

const fileBytes = (): Uint8Array => Uint8Array.from(atob(SENTIMENT_MODEL.file), (letter) => letter.charCodeAt(0));

/** The trained network, loaded by stock TensorFlow.js from its file; the caller disposes it. */
export const trainedNet = (): Promise<tf.LayersModel> => open(fileBytes());

let weights: Promise<Weights> | undefined;

async function readWeights(): Promise<Weights> {
  const checkpoint = await openCheckpoint(new Map([['sentiment.compact', fileBytes()]]));
  const of = async (name: RegExp) => {
    const tensor = checkpoint.tensors.find((one) => name.test(one.name))!;
    return (await tensor.values()) as Float32Array;
  };
  const read = {
    embedding: await of(/^embedding/),
    kernel: await of(/^rnn.*\/kernel$/),
    recurrent: await of(/^rnn.*\/recurrent_?kernel$/i),
    bias: await of(/^rnn.*\/bias$/),
    out: await of(/^favorable.*\/kernel$/),
    outBias: (await of(/^favorable.*\/bias$/))[0]!,
  };
  await checkpoint.close();
  return read;
}

/** The weights of the trained network; its file is opened once. */
export function trainedWeights(): Promise<Weights> {
  weights ??= readWeights();
  return weights;
}
