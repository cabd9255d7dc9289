import * as tf from '@tensorflow/tfjs';
import { glorotNormal, heNormal, type Initializer, lecunNormal } from '@weightkit/initializers';
import { fillBernoulli, fillNormal, moments, randomKey } from '@weightkit/numerics';

/** Layers, units of each, and random inputs of mean 0 and variance 1. */
export const DEEP = { layers: 20, units: 100, samples: 200 };
export const DROPPED = 0.1;

/** Mean and variance of the activations of a layer, over inputs and units. */
export interface Activations {
  mean: number;
  variance: number;
}

interface Network {
  law: () => Initializer;
  activation: 'selu' | 'relu' | 'tanh';
  dropout?: 'alpha' | 'usual';
}

export const NETWORKS = {
  'SELU, LeCun': { law: lecunNormal, activation: 'selu' },
  'SELU, LeCun, AlphaDropout': { law: lecunNormal, activation: 'selu', dropout: 'alpha' },
  'SELU, LeCun, usual dropout': { law: lecunNormal, activation: 'selu', dropout: 'usual' },
  'SELU, He': { law: heNormal, activation: 'selu' },
  'ReLU, He': { law: heNormal, activation: 'relu' },
  'ReLU, LeCun': { law: lecunNormal, activation: 'relu' },
  'tanh, Xavier': { law: glorotNormal, activation: 'tanh' },
} as const satisfies Record<string, Network>;
export type NetworkName = keyof typeof NETWORKS;
export const NETWORK_NAMES = Object.keys(NETWORKS) as NetworkName[];

/** The value that SELU has far below 0: −λα. */
const LEAST = -1.0507009873554805 * 1.6732632423543772;

/** AlphaDropout: what is dropped gets SELU's least value, and all is scaled and moved so that mean 0 and variance 1 stay. */
export function alphaDropout<T extends tf.Tensor>(x: T, kept: T, rate: number): T {
  const scale = ((1 - rate) * (1 + rate * LEAST ** 2)) ** -0.5;
  const shift = -scale * LEAST * rate;
  return tf.tidy(() => {
    const some = tf.add(tf.mul(x, kept), tf.mul(tf.sub(1, kept), LEAST));
    return tf.add(tf.mul(some, scale), shift) as T;
  });
}

const ACTIVATIONS = { selu: tf.selu, relu: tf.relu, tanh: tf.tanh } as const;

/** 1 for what is kept, 0 for what is dropped. */
const keptOf = (seed: number, path: string): tf.Tensor2D => {
  const kept = fillBernoulli(new Uint8Array(DEEP.samples * DEEP.units), randomKey(seed, path), { p: 1 - DROPPED });
  return tf.tensor2d(Float32Array.from(kept), [DEEP.samples, DEEP.units]);
};

function activations({ activation, dropout }: Network, sums: tf.Tensor2D, seed: number, path: string): tf.Tensor2D {
  const x: tf.Tensor2D = ACTIVATIONS[activation](sums);
  if (dropout === undefined) return x;
  const kept = keptOf(seed, path);
  return dropout === 'alpha' ? alphaDropout(x, kept, DROPPED) : tf.div(tf.mul(x, kept), 1 - DROPPED);
}

/** Random inputs through twenty layers of each network; `tell` is called between them. */
export async function deepOf(
  seed: number,
  tell = async (): Promise<void> => {},
): Promise<Record<NetworkName, Activations[]>> {
  const { layers, units, samples } = DEEP;
  const inputs = fillNormal(new Float32Array(samples * units), randomKey(seed, 'x'));
  const seen = {} as Record<NetworkName, Activations[]>;
  for (const name of NETWORK_NAMES) {
    const network: Network = NETWORKS[name];
    const law = network.law();
    const all = tf.tidy(() => {
      let x = tf.tensor2d(inputs, [samples, units]);
      return Array.from({ length: layers }, (_, l) => {
        const kernel = law([units, units], { seed, path: `layer${l + 1}/kernel` }) as tf.Tensor2D;
        x = activations(network, tf.matMul(x, kernel), seed, `layer${l + 1}/kept`);
        return x;
      });
    });
    // Looked at here: on the backend that would be many small steps.
    seen[name] = await Promise.all(
      all.map(async (x) => {
        const { mean, std } = moments((await x.data()) as Float32Array);
        return { mean, variance: std ** 2 };
      }),
    );
    tf.dispose(all);
    await tell();
  }
  return seen;
}
