import { checkPlainObject, checkType } from '@weightkit/numerics/check';

/** The hooks that `fit` and `fitDataset` call. */
const HOOKS = ['onTrainBegin', 'onTrainEnd', 'onEpochBegin', 'onEpochEnd', 'onBatchBegin', 'onBatchEnd'] as const;

/** What TensorFlow.js calls on a callback in a list that begins with an instance of tf.Callback, beside the hooks. */
export interface StockCallback {
  /** Null, as that of a stock callback. */
  validationData: unknown;
  /** Called by `fit` before training, with the sizes of the run. */
  setParams(params: unknown): void;
  /** Called by `fit` before training, with the model. */
  setModel(model: unknown): void;
}

type Methods = Record<string, unknown>;
type Logs = Record<string, unknown>;
type LogHook = (index: number, logs?: Logs) => Promise<void>;

/** Logs with the values of scalars, as a tf.CustomCallback hands them on; a list of instances gets the scalars themselves. */
async function valuesOf(logs: Logs): Promise<Logs> {
  const entries = Object.entries(logs).map(async ([name, value]) => {
    const { data } = Object(value) as { data?: () => Promise<ArrayLike<number>> };
    return [name, typeof data === 'function' ? (await data.call(value))[0] : value] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/**
 * Gives a plain callback the methods of a stock one, so that it can stand beside `tf.callbacks.earlyStopping()` and other
 * instances in the list for `fit`.
 *
 * TensorFlow.js makes a `tf.CustomCallback` of a plain object that stands alone or first, and downloads the loss of a batch for
 * each hook of batches that is there; of a list that begins with an instance it calls every hook of everybody. So the hooks that
 * a callback does without appear when `setParams` is called, which is in such a list only, and go with its `onTrainEnd`.
 *
 * @param callback - the plain callback, with the hooks that it needs; changed
 * @returns the same object
 * @throws TypeError unless the callback is an object
 */
export function stockCallback<T extends object>(callback: T): T & StockCallback {
  checkPlainObject('stockCallback: callback must be a plain object', callback);
  const own = callback as unknown as Methods;
  const missing = HOOKS.filter((hook) => !(hook in callback));
  const { onTrainEnd } = callback as { onTrainEnd?: (logs?: Logs) => Promise<void> };
  const stock: StockCallback = {
    validationData: null,
    setParams() {
      for (const hook of missing) own[hook] = async () => {};
    },
    setModel() {},
  };
  for (const name of ['onEpochEnd', 'onBatchEnd']) {
    const hook = own[name] as LogHook | undefined;
    if (hook) own[name] = async (index: number, logs?: Logs) => hook(index, logs && (await valuesOf(logs)));
  }
  own.onTrainEnd = async (logs?: Logs) => {
    for (const hook of missing) if (hook !== 'onTrainEnd') delete own[hook];
    await onTrainEnd?.call(callback, logs);
  };
  return Object.assign(callback, stock);
}

/**
 * A callback as an instance of tf.Callback, which may stand first in the list for `fit`.
 *
 * @param Base - a class that extends tf.Callback, of the tfjs-layers that the model is of
 * @param callback - what {@link stockCallback} gave
 * @returns an instance with the callback's properties
 * @throws TypeError for anything else
 */
export function callbackInstance<B extends object, T extends StockCallback>(Base: new () => B, callback: T): B & T {
  checkType(typeof Base === 'function', 'callbackInstance: Base must be a class that extends tf.Callback', Base);
  checkType(
    typeof callback?.setParams === 'function',
    'callbackInstance: callback must be what stockCallback gives',
    callback,
  );
  const { setParams, setModel, validationData, ...own } = Object.getOwnPropertyDescriptors(callback) as Methods;
  return Object.defineProperties(new Base(), own as PropertyDescriptorMap) as B & T;
}
