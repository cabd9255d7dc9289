import * as tf from '@tensorflow/tfjs-core';
import { initializers } from '@tensorflow/tfjs-layers';
import { type FanLayout, fans } from '@weightkit/core';
import { checkOptions, checkRange, checkSeed, checkType } from '@weightkit/numerics/check';
import { type Initializer, lawOf } from '../laws/initializer.ts';
import { fromConfig, LAWS } from '../laws/laws.ts';
import { decode, encode } from './config.ts';

/** A tfjs-layers Initializer, as `kernelInitializer` and its kind take. */
export type LayerInitializer = ReturnType<typeof initializers.zeros>;

/** Options of {@link layerInitializer}. */
export interface LayerInitializerOptions {
  /**
   * Any safe integer.
   *
   * @defaultValue -1 for the first initializer made without a seed since the page or process started, -2 for the next ...
   */
  seed?: number;
  /**
   * How fans are read off the shape, which is all that tfjs tells: `{ kind: 'depthwise' }` for a depthwiseInitializer,
   * `{ gates: 4 }` for the kernels of an LSTM.
   *
   * @defaultValue a plain kernel, as Keras reads it
   */
  layout?: FanLayout;
}

/** The streams of an initializer and of the copies that a Bidirectional makes of it. */
interface Stream {
  next: number;
}

/** Rides on a config object, unseen by JSON, from an initializer to its copies. */
const STREAM = Symbol('stream');

/** What an initializer is saved as. */
interface Config {
  law: string;
  seed: number;
  options: Record<string, number | string | boolean>;
  layout: FanLayout | null;
  [STREAM]?: Stream;
}

type Constructor = new (
  initializer: Initializer,
  seed: number,
  layout: FanLayout | undefined,
  stream: Stream,
) => LayerInitializer;

let made: Constructor | undefined;
let unseeded = 0;

function read(config: Config): [Initializer, number, FanLayout | undefined, Stream] {
  const { law, seed, options, layout } = config;
  checkRange(LAWS.includes(law), `WeightkitInitializer: law must be one of ${LAWS.join(', ')}`, law);
  checkRange(Number.isSafeInteger(seed), 'WeightkitInitializer: seed must be a safe integer', seed);
  return [fromConfig(law, decode(options)), seed, layout ?? undefined, config[STREAM] ?? { next: 0 }];
}

function makeClass(): Constructor {
  // tfjs-layers does not export the class, and refuses initializers that are no instances of it.
  const Base = Object.getPrototypeOf(initializers.zeros().constructor) as new () => LayerInitializer;
  class WeightkitInitializer extends Base {
    static readonly className = 'WeightkitInitializer';
    readonly #initializer: Initializer;
    readonly #seed: number;
    readonly #layout: FanLayout | undefined;
    readonly #stream: Stream;

    constructor(initializer: Initializer, seed: number, layout: FanLayout | undefined, stream: Stream) {
      super();
      this.#initializer = initializer;
      this.#seed = seed;
      this.#layout = layout;
      this.#stream = stream;
    }

    static fromConfig<T extends tf.serialization.Serializable>(
      cls: tf.serialization.SerializableConstructor<T>,
      config: tf.serialization.ConfigDict,
    ): T {
      return new (cls as unknown as new (...args: ReturnType<typeof read>) => T)(...read(config as unknown as Config));
    }

    override apply(shape: number[], dtype?: tf.DataType): tf.Tensor {
      checkType(dtype === undefined || dtype === 'float32', 'layerInitializer: dtype must be float32', dtype);
      const { next } = this.#stream;
      const path = next === 0 ? '' : `${next}`;
      const counted = this.#layout === undefined ? {} : { fans: fans(shape, this.#layout) };
      const tensor = this.#initializer(shape, { seed: this.#seed, path, ...counted });
      this.#stream.next++;
      return tensor;
    }

    override getConfig(): tf.serialization.ConfigDict {
      const { law, config } = this.#initializer;
      const layout = this.#layout === undefined ? null : { ...this.#layout };
      const saved: Config = { law, seed: this.#seed, options: encode(config), layout, [STREAM]: this.#stream };
      return saved as unknown as tf.serialization.ConfigDict;
    }
  }
  return WeightkitInitializer;
}

/** The class, registered under its name; once more does no harm. */
function registered(): Constructor {
  made ??= makeClass();
  tf.serialization.registerClass(made as unknown as tf.serialization.SerializableConstructor<LayerInitializer>);
  return made;
}

/**
 * Makes models that were saved with a {@link layerInitializer} loadable: call it once before `tf.loadLayersModel` where no
 * layer initializer has been made yet. Without it loading fails with "Unknown initializer: WeightkitInitializer".
 */
export function registerLayers(): void {
  registered();
}

/**
 * A tfjs-layers initializer for `kernelInitializer`, `recurrentInitializer`, `embeddingsInitializer` and the like. It is saved
 * by `model.save` with the model by name, options and seed; to load such a model in a fresh page or process call
 * {@link registerLayers} first. What `saveFolded` and `quantizeModel` write needs no registration: they replace it.
 *
 * tfjs tells an initializer a weight's shape and nothing else, so that streams go by count: the first weight that it fills gets
 * the values of `initializer(shape, { seed })`, the second those of path '1', and so on, and both directions of a Bidirectional
 * differ. Share one instance among the layers of a model; the same code and seed then give the same model. Two instances with
 * one seed give equal values to equal shapes, as in Keras; without a seed every instance has its own.
 *
 * @example
 * const he = layerInitializer(heNormal(), { seed: 3 });
 * const model = tf.sequential();
 * model.add(tf.layers.dense({ units: 8, inputShape: [4], kernelInitializer: he }));
 *
 * @param initializer - of this package: `heNormal()`, `orthogonal({ gain: 2 })`
 * @param options - the seed and how to read shapes
 * @throws TypeError for another initializer; RangeError unless the seed is a safe integer
 */
export function layerInitializer(initializer: Initializer, options: LayerInitializerOptions = {}): LayerInitializer {
  checkType(
    lawOf(initializer) !== undefined,
    'layerInitializer: initializer must be one of this package, as heNormal()',
    initializer,
  );
  checkOptions('layerInitializer', options, ['seed', 'layout']);
  const { seed, layout } = options;
  if (seed !== undefined) checkSeed('layerInitializer', seed);
  if (layout !== undefined) fans([], layout, 'layerInitializer');
  return new (registered())(initializer, seed ?? -++unseeded, layout, { next: 0 });
}
