import * as tf from '@tensorflow/tfjs-core';
import { initializers } from '@tensorflow/tfjs-layers';
import { checkType } from '@weightkit/numerics/check';
import type { LayerInitializer } from './layer-initializer.ts';

/** An initializer as it is saved. */
interface Saved {
  className: string;
  config: tf.serialization.ConfigDict;
}

type Constructor = new (saved: Saved) => LayerInitializer;

const NAME = 'WeightkitSkipped';
/** Cheap already, and what weights that a file lacks should have. */
const KEPT = ['Zeros', 'Ones', 'Constant', NAME];

let made: Constructor | undefined;
/** How many models are under construction. */
let building = 0;

function makeClass(): Constructor {
  const Base = Object.getPrototypeOf(initializers.zeros().constructor) as new () => LayerInitializer;
  return class WeightkitSkipped extends Base {
    static readonly className = NAME;
    readonly #saved: Saved;

    constructor(saved: Saved) {
      super();
      this.#saved = saved;
    }

    override apply(shape: number[], dtype?: tf.DataType): tf.Tensor {
      return tf.zeros(shape, dtype);
    }

    // While models are built, Bidirectional copies its layer by name and config; later these are what is saved.
    override getClassName(): string {
      return building > 0 ? NAME : this.#saved.className;
    }

    override getConfig(): tf.serialization.ConfigDict {
      return building > 0 ? { ...this.#saved } : this.#saved.config;
    }
  };
}

/** A copy of a topology whose initializers are wrapped. */
function wrapAll(node: unknown, key = ''): unknown {
  if (Array.isArray(node)) return node.map((item) => wrapAll(item));
  if (typeof node !== 'object' || node === null) return node;
  const { class_name: snake, className = snake, config } = node as Record<string, unknown>;
  const wraps = /(_i|I)nitializer$/.test(key) && typeof className === 'string' && !KEPT.includes(className);
  if (wraps) return { class_name: NAME, config: { class_name: className, config: config ?? {} } };
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, wrapAll(value, name)]));
}

/** The artifacts with initializers wrapped; loadLayersModel reads the topology, builds the model, reads the training configuration. */
function watched(artifacts: tf.io.ModelArtifacts): tf.io.ModelArtifacts {
  const topology = wrapAll(artifacts.modelTopology) as NonNullable<typeof artifacts.modelTopology>;
  let open = false;
  const close = (): void => {
    if (open) building--;
    open = false;
  };
  return {
    ...artifacts,
    get modelTopology() {
      if (!open) building++;
      open = true;
      // Where building the model fails.
      setTimeout(close, 0);
      return topology;
    },
    get trainingConfig() {
      close();
      return artifacts.trainingConfig!;
    },
  };
}

/**
 * An IO handler that loads what another one does, without running initializers whose values the file replaces: each gives zeros.
 * The model's configuration keeps the original ones, and is saved with them.
 *
 * TensorFlow.js 4.22 skips them by itself in most models that it loads with `strict: true`, its default. It runs them, 22 seconds for
 * an LSTM of 128 units on its cpu backend, with `strict: false`, for models inside of functional models and for `tf.layers.rnn` with
 * cells. Weights that the file lacks stay 0 (where the original initializer is Zeros, Ones or Constant, it is run): use
 * `initialize` for these.
 *
 * @example
 * const handler = skipInitializers(tf.io.browserHTTPRequest('model.json'));
 * const load = () => tf.loadLayersModel(handler, { strict: false });
 *
 * @param handler - with a `load` method, as `tf.io.browserHTTPRequest(url)` or tfjs-node's `tf.io.fileSystem(path)`
 * @throws TypeError for anything else
 */
export function skipInitializers(handler: tf.io.IOHandler): tf.io.IOHandler {
  checkType(typeof handler?.load === 'function', 'skipInitializers: handler must be an IO handler that loads', handler);
  made ??= makeClass();
  tf.serialization.registerClass(made as unknown as tf.serialization.SerializableConstructor<LayerInitializer>);
  return { load: async () => watched(await handler.load!()) };
}
