import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { fillNormal, randomKey } from '@weightkit/numerics';

/** The cases of a golden file. */
export function golden<T>(name: string): T[] {
  return JSON.parse(readFileSync(new URL(`./golden/${name}.json`, import.meta.url), 'utf8')).cases;
}

// What browsers have too, where these tests also run.
const bytesIn = (view: ArrayBufferView) => new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
/** The bytes of base64, in a buffer of their own. */
const bytesOf = (text: string): ArrayBuffer => Uint8Array.from(atob(text), (char) => char.charCodeAt(0)).buffer;

export const octets = (text: string): Uint8Array => new Uint8Array(bytesOf(text));
export const floats = (text: string): Float32Array => new Float32Array(bytesOf(text));
export const shorts = (text: string): Uint16Array => new Uint16Array(bytesOf(text));
export const base64 = (view: ArrayBufferView): string =>
  btoa(Array.from(bytesIn(view), (byte) => String.fromCharCode(byte)).join(''));
export async function sha256(view: ArrayBufferView): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytesIn(view)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The float32 with these bits, and the bits of a float32. */
export const floatOf = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0]!;
export const bitsOf = (values: Float32Array): number[] => [...new Uint32Array(Float32Array.from(values).buffer)];

/** Values like those of trained weights: normal, reproducible. */
export function normals(count: number, std = 1, mean = 0, seed = 1): Float32Array {
  return fillNormal(new Float32Array(count), randomKey(seed), { mean, std });
}

export interface Recurrent {
  model: tf.Sequential;
  x: tf.Tensor;
}

/** Conv, batch norm, LSTM, dense, with weights that no initializer would give to biases and statistics. */
export function recurrentModel(): Recurrent {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 2], name: 'conv' }),
      tf.layers.batchNormalization({ name: 'norm' }),
      tf.layers.reshape({ targetShape: [4, 16], name: 'rows' }),
      tf.layers.lstm({ units: 5, recurrentInitializer: 'glorotUniform', name: 'lstm' }),
      tf.layers.dense({ units: 3, name: 'out' }),
    ],
  });
  for (const [i, weight] of model.weights.entries()) {
    const shape = weight.shape as number[];
    const value = weight.originalName.endsWith('moving_variance')
      ? tf.randomUniform(shape, 0.5, 2, 'float32', 40 + i)
      : tf.randomNormal(shape, 0, 0.06, 'float32', 40 + i);
    weight.write(value);
    value.dispose();
  }
  return { model, x: tf.randomUniform([3, 6, 6, 2], -1, 1, 'float32', 5) };
}
