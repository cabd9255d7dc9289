import { type Checkpoint, openCheckpoint } from '@weightkit/checkpoint';

/** A checkpoint of a [2, 2] kernel. */
export const opened = (): Promise<Checkpoint> =>
  openCheckpoint({
    weightSpecs: [{ name: 'w', shape: [2, 2], dtype: 'float32' }],
    weightData: Float32Array.of(3, -1, 2, -4).buffer,
  });

/** A LayersModel of two layers, as its file. */
export const openedModel = (): Promise<Checkpoint> => {
  const layer = (name: string, units: number, more: object = {}) => ({
    class_name: 'Dense',
    config: { name, units, activation: 'relu', use_bias: false, ...more },
  });
  const layers = [layer('a', 2, { batch_input_shape: [null, 1] }), layer('b', 1)];
  return openCheckpoint({
    modelTopology: { class_name: 'Sequential', config: { name: 'm', layers } },
    weightSpecs: [
      { name: 'a/kernel', shape: [1, 2], dtype: 'float32' },
      { name: 'b/kernel', shape: [2, 1], dtype: 'float32' },
    ],
    weightData: Float32Array.of(3, -1, 2, -4).buffer,
  } as never);
};

/** Closes the checkpoints among arguments. */
export const close = (args: readonly unknown[]): void => {
  for (const one of args)
    if (typeof (one as Checkpoint | undefined)?.close === 'function') void (one as Checkpoint).close();
};

/** Labels of texts. */
export const TEXTS = ["''", "'5'", "'nonsense'"] as const;

/** Labels of true and false. */
export const FLAGS = ['true', 'false'] as const;

/** Labels of functions. */
export const FUNCTIONS = ['function', 'async function', 'class'] as const;
