import { checkFunction, checkPlainObject, checkType } from '@weightkit/numerics/check';
import { isModel } from '../model/check-model.ts';
import { rawOf, variableOf } from '../model/raw-variable.ts';
import type { Weight } from '../model/weight.ts';

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

/** Where a tf.CustomCallback keeps the hooks of what it was made of. */
const KEPT = ['trainBegin', 'trainEnd', 'epochBegin', 'epochEnd', 'batchBegin', 'batchEnd'] as const;

const REFUSES = Symbol.for('@weightkit/core refuses instances');

/**
 * Of each in a list that begins with a plain callback TensorFlow.js makes a tf.CustomCallback, of instances too, whose hooks then
 * run without the rest of them. One that was made of an instance is told by a hook that stock classes inherit; while the list begins
 * to train it is refused. What is changed for that is put back by the function returned, or a turn of the event loop later.
 */
function refuseInstances(fn: string, wrapper: object): () => void {
  const own = Object.getPrototypeOf(wrapper) as Methods;
  // Another callback of the list, of another copy of this package perhaps, looks already.
  if (Object.hasOwn(own.onTrainBegin as object, REFUSES)) return () => {};
  const base = Object.getPrototypeOf(own) as Methods;
  const inherited = new Set(HOOKS.flatMap((hook) => [own[hook], base[hook]]));
  const onTrainBegin = own.onTrainBegin as (logs?: Logs) => Promise<void>;
  const refusing = async function (this: Methods, logs?: Logs): Promise<void> {
    if (KEPT.some((name) => inherited.has(this[name]))) {
      restore();
      throw new Error(
        `${fn}: callbacks must begin with an instance of tf.Callback when there is one among them, as in [tf.callbacks.earlyStopping(), callback], got a plain callback before it`,
      );
    }
    return onTrainBegin.call(this, logs);
  };
  own.onTrainBegin = Object.assign(refusing, { [REFUSES]: true });
  const watching = own.onTrainBegin;
  const restore = (): void => {
    if (own.onTrainBegin === watching) own.onTrainBegin = onTrainBegin;
  };
  setTimeout(restore, 0);
  return restore;
}

/**
 * A property that every object inherits until the function returned is called, or until the code that runs now has ended; not where
 * there is one already, or where Object.prototype is frozen.
 */
function lend(name: string, property: PropertyDescriptor): () => void {
  const own = { ...property, configurable: true };
  if (name in Object.prototype || !Reflect.defineProperty(Object.prototype, name, own)) return () => {};
  let lent = true;
  const restore = (): void => {
    if (lent) Reflect.deleteProperty(Object.prototype, name);
    lent = false;
  };
  queueMicrotask(restore);
  return restore;
}

/** A list that begins with an instance TensorFlow.js takes as it is: a plain object in it has no `setParams`, which is called first. */
function refusePlain(fn: string): () => void {
  return lend('setParams', {
    value() {
      throw new Error(
        `${fn}: callbacks must all be instances of tf.Callback when the first is one, as in [callback, new tf.CustomCallback({ onEpochEnd })], got a plain callback among them`,
      );
    },
  });
}

/**
 * A tf.CustomCallback, which TensorFlow.js makes of a plain callback, is not told of the model and keeps only hooks of it. It is told
 * here: the first thing that it reads of a plain callback, and then sets on itself, is `nowFunc`.
 */
function tellWrapper(own: Methods, setModel: (model: unknown) => void): void {
  const { nowFunc } = own;
  Object.defineProperty(own, 'nowFunc', {
    configurable: true,
    get() {
      const restore = lend('nowFunc', {
        set(this: Methods, value: unknown) {
          restore();
          this.nowFunc = value;
          this.setModel = setModel;
        },
      });
      return nowFunc;
    },
  });
}

/** Throws when a model holds none of a callback's weights. */
function checkFitted(fn: string, weights: readonly Weight[], model: unknown): void {
  if (!isModel(model)) return;
  const variables = weights.flatMap(({ variable }) => variable ?? []);
  const fitted = new Set<unknown>(model.weights.map((holder) => variableOf(rawOf(holder))));
  if (variables.length === 0 || variables.some((variable) => fitted.has(variable))) return;
  // Not the name: a Sequential trains by a model inside it, of another name.
  throw new RangeError(
    `${fn}: fit must train the model of ${weights[0]?.path}, a part of it or one that shares weights with it, got that of ${model.weights[0]?.originalName ?? 'no weights'}`,
  );
}

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
 * Its `onTrainBegin` gets what TensorFlow.js tells of the training as a second argument, `{ epochs, samples, batchSize, steps, … }`;
 * undefined in a loop of one's own.
 *
 * @param callback - the plain callback, with the hooks that it needs; changed
 * @param fn - the function that it comes from, for the messages of `fit`
 * @param weights - those that it works on, from `weightsOf`; the model that is fitted must hold one of them, if there are any
 * @param onModel - is told of the model before each fit, once it was found to be one of theirs
 * @returns the same object
 * @throws TypeError unless the callback is an object; `fit` throws, before it trains, where it stands before an instance, or in a list
 * that begins with an instance before a plain callback, and RangeError where the model holds none of the weights
 */
export function stockCallback<T extends object>(
  callback: T,
  fn = 'stockCallback',
  weights: readonly Weight[] = [],
  onModel?: (model: unknown) => void,
): T & StockCallback {
  checkPlainObject('stockCallback: callback must be a plain object', callback);
  if (onModel !== undefined) checkFunction('stockCallback', 'onModel', onModel);
  const own = callback as unknown as Methods;
  const { onTrainBegin } = callback as { onTrainBegin?: (logs?: Logs, params?: unknown) => Promise<void> };
  let told: unknown;
  let restore = (): void => {};
  async function begin(this: Methods | undefined, logs?: Logs): Promise<void> {
    const isWrapped = this?.trainBegin === begin;
    if (isWrapped) restore = refuseInstances(fn, this);
    const params = isWrapped ? this.params : told;
    told = undefined;
    await onTrainBegin?.call(callback, logs, params);
  }
  own.onTrainBegin = begin;
  const missing = HOOKS.filter((hook) => hook !== 'onTrainEnd' && !(hook in callback));
  const { onTrainEnd } = callback as { onTrainEnd?: (logs?: Logs) => Promise<void> };
  const takeBack = (): void => {
    for (const hook of missing) delete own[hook];
  };
  let allowPlain = (): void => {};
  const stock: StockCallback = {
    validationData: null,
    setParams(params) {
      told = params;
      allowPlain = refusePlain(fn);
      for (const hook of missing) own[hook] = async () => {};
    },
    setModel(model) {
      allowPlain();
      try {
        checkFitted(fn, weights, model);
        onModel?.(model);
      } catch (error) {
        takeBack();
        throw error;
      }
    },
  };
  tellWrapper(own, stock.setModel);
  for (const name of ['onEpochEnd', 'onBatchEnd']) {
    const hook = own[name] as LogHook | undefined;
    if (hook) own[name] = async (index: number, logs?: Logs) => hook(index, logs && (await valuesOf(logs)));
  }
  own.onTrainEnd = async (logs?: Logs) => {
    restore();
    takeBack();
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
  const { validationData, nowFunc, ...own } = Object.getOwnPropertyDescriptors(callback) as Methods;
  const instance = new Base() as B & T;
  const { setParams, setModel } = instance;
  Object.defineProperties(instance, own as PropertyDescriptorMap);
  instance.setParams = (params) => {
    setParams.call(instance, params);
    callback.setParams(params);
  };
  instance.setModel = (model) => {
    setModel.call(instance, model);
    callback.setModel(model);
  };
  return instance;
}
