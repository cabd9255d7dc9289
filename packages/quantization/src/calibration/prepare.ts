import type * as tf from '@tensorflow/tfjs-core';
import {
  allDone,
  capture,
  checkModel,
  checkStateless,
  chosenLayers,
  exclusively,
  isKernel,
  type LayerLike,
  layersOf,
  type ModelLike,
  weightsOf,
} from '@weightkit/core';
import {
  checkFinite,
  checkFunction,
  checkInteger,
  checkOptions,
  checkRange,
  checkType,
} from '@weightkit/numerics/check';
import type { Calibration, ObservedActivation } from './calibration.ts';
import { type Converted, type ConvertOptions, convertAs } from './convert.ts';
import { type CalibrationBatches, eachBatch } from './each-batch.ts';
import { type HistogramWatcher, histogramObserver } from './histogram-observer.ts';
import { minMaxObserver } from './min-max-observer.ts';
import { movingAverageObserver } from './moving-average-observer.ts';
import {
  type CheckedObservedGrid,
  checkObservedGrid,
  OBSERVED_GRID,
  type ObservedGridOptions,
  type Observer,
  type ObserverState,
} from './observer.ts';

/** Where activations are observed. */
export interface ObservedPlace {
  /** The path of the layer. */
  path: string;
  /** Whether the layer is given them or gives them. */
  side: 'input' | 'output';
  /** Which of its inputs or outputs. */
  index: number;
}

/** Options of {@link prepare}. */
export interface PrepareOptions extends ObservedGridOptions {
  /**
   * How ranges are found: by name, with the observer's defaults, or a function that makes an observer for a place; the functions of
   * those names do, with their defaults.
   *
   * @defaultValue `'histogram'`
   */
  observer?: ObserverState['kind'] | ((place: ObservedPlace) => Observer) | undefined;
  /**
   * Paths of layers, or layers.
   *
   * @defaultValue those that have a kernel; recurrent and wrapped ones as a whole
   */
  layers?: readonly (string | LayerLike)[] | undefined;
}

/** How far a calibration is. */
export interface CalibrationProgress {
  /** Batches that were observed. */
  batches: number;
  /** Examples in them. */
  examples: number;
}

/** How {@link Prepared.calibrate} goes over data. */
export interface ObserveOptions {
  /** How many batches are taken at most: an integer of 1 or more. @defaultValue all */
  batches?: number | undefined;
  /** Called after each batch, and awaited; what it throws ends the run. @defaultValue nothing */
  onBatch?: ((progress: CalibrationProgress) => void | Promise<void>) | undefined;
}

/** Options of {@link calibrate}. */
export interface CalibrateOptions extends PrepareOptions, ObserveOptions {}

/** A model whose layers are to be observed, and then simulated with rounded weights and activations; holds no tensors. */
export interface Prepared {
  /** The layers that are observed, by path. */
  readonly layers: readonly string[];
  /**
   * Runs the model on examples and observes its layers, after those of earlier calls.
   *
   * @returns what was seen so far
   */
  calibrate(data: CalibrationBatches, options?: ObserveOptions): Promise<Calibration>;
  /** {@link convert} by what was observed. */
  convert(options?: ConvertOptions): Promise<Converted>;
}

/** An observer, and a histogram beside it where it cannot tell how much its range leaves out. */
interface Site {
  observer: Observer;
  beside: HistogramWatcher | null;
}

interface Watched {
  path: string;
  layer: LayerLike;
  calls: number;
  inputs: (Site | null)[];
  outputs: (Site | null)[];
}

const BY_NAME: Record<string, () => Observer> = {
  minMax: minMaxObserver,
  movingAverage: movingAverageObserver,
  histogram: histogramObserver,
};

/** What makes an observer for a place. Functions that take options of their own must not take the place for them. */
function makerOf(option: PrepareOptions['observer']): (place: ObservedPlace) => Observer {
  if (typeof option !== 'function') return () => BY_NAME[option ?? 'histogram']!();
  const own = Object.values(BY_NAME).find((make) => make === option);
  return own ? () => own() : option;
}

/** The observer that an option asks for, for a place. */
function observerFor(fn: string, option: PrepareOptions['observer'], place: ObservedPlace): Site {
  const observer = makerOf(option)(place);
  const methods = ['observe', 'merge', 'parameters', 'toJSON'] as const;
  const is = typeof observer === 'object' && observer !== null;
  const whole = is && methods.every((name) => typeof observer[name] === 'function');
  checkType(whole, `${fn}: observer must make an observer`, observer);
  const { kind, axis } = observer.toJSON() as { kind: string; axis?: number | null };
  const beside = kind === 'movingAverage' && axis === null;
  return { observer, beside: beside ? (histogramObserver() as HistogramWatcher) : null };
}

function activationOf({ observer, beside }: Site, grid: CheckedObservedGrid): ObservedActivation {
  const state = observer.toJSON();
  const found = observer.parameters(grid);
  const clipped = beside ? beside.outside({ min: found.min[0]!, max: found.max[0]! }) : found.clipped;
  return { ...found, clipped, axis: 'axis' in state ? state.axis : null, count: observer.count, state };
}

/** Layers that have a kernel, as wholes. */
function withKernel(fn: string, model: ModelLike): Set<LayerLike> {
  return new Set(weightsOf(model, isKernel, fn).map(({ owner }) => owner!));
}

/** Float32 values of what a layer was given or gave, checked. */
async function valuesOf(fn: string, what: string, tensors: readonly tf.Tensor[]): Promise<(Float32Array | null)[]> {
  return allDone(
    tensors.map(async (tensor) => {
      if (tensor.dtype !== 'float32') return null;
      const data = await tensor.data();
      // On cpu a layer may hand on the integers that it was given, and call them float32.
      const values = data instanceof Float32Array ? data : Float32Array.from(data);
      checkFinite(fn, 'activations', what, values);
      return values;
    }),
  );
}

/** {@link prepare} with the name that messages give. */
export function prepareAs(fn: string, model: ModelLike, options: PrepareOptions): Prepared {
  checkStateless(fn, model);
  const { observer, layers } = options;
  const kinds = Object.keys(BY_NAME);
  checkType(
    observer === undefined || typeof observer === 'function' || kinds.includes(observer),
    `${fn}: observer must be among ${kinds}, or a function`,
    observer,
  );
  const grid = checkObservedGrid(fn, options);
  const named =
    layers === undefined ? null : new Set(chosenLayers(fn, 'layers', model, layers).map((one) => one.layer));
  if (named) checkRange(named.size > 0, `${fn}: layers must not be empty`, layers);
  const chosen = named ?? withKernel(fn, model);
  const watched: Watched[] = layersOf(model, fn)
    .filter(({ layer, path }) => path !== '' && chosen.has(layer))
    .map(({ path, layer }) => ({ path, layer, calls: 0, inputs: [], outputs: [] }));
  checkRange(
    watched.length > 0,
    `${fn}: model must have a layer with a kernel, or layers must be named`,
    watched.length,
  );
  const progress: CalibrationProgress = { batches: 0, examples: 0 };

  /** Observes one batch in all layers, or, where a value is not finite, in none. */
  const observeBatch = async (batch: tf.Tensor[], index: number): Promise<void> => {
    const captured = capture(
      model,
      watched.map(({ layer }) => layer),
      batch,
    );
    try {
      const seen: (() => void)[] = [];
      for (const { layer, inputs, outputs } of captured.calls) {
        const own = watched.find((one) => one.layer === layer)!;
        seen.push(() => own.calls++);
        for (const [side, tensors] of [['input', inputs] as const, ['output', outputs] as const]) {
          const sites = own[`${side}s`];
          const values = await valuesOf(fn, `batch ${index}, the ${side} of ${own.path}`, tensors);
          for (const [i, some] of values.entries())
            seen.push(() => {
              if (sites[i] === undefined)
                sites[i] = some && observerFor(fn, observer, { path: own.path, side, index: i });
              if (some === null) return;
              sites[i]?.observer.observe(some, tensors[i]!.shape);
              sites[i]?.beside?.observe(some);
            });
        }
      }
      for (const one of seen) one();
    } finally {
      captured.dispose();
    }
    progress.batches++;
    progress.examples += batch[0]!.shape[0]!;
  };

  const calibration = (): Calibration => {
    const missed = watched.filter(({ calls }) => calls === 0).map(({ path }) => path);
    checkRange(named === null || missed.length === 0, `${fn}: layers must be called by the model`, missed[0]);
    const sites = (list: readonly (Site | null)[]) => list.map((site) => site && activationOf(site, grid));
    return {
      layers: watched
        .filter(({ calls }) => calls > 0)
        .map(({ path, calls, inputs, outputs }) => ({ path, calls, inputs: sites(inputs), outputs: sites(outputs) })),
      skipped: missed.map((path) => ({ path, reason: 'the model does not call it' })),
      ...progress,
    };
  };

  return {
    layers: watched.map(({ path }) => path),
    async calibrate(data, all = {}) {
      checkOptions(fn, all, ['batches', 'onBatch']);
      const { batches, onBatch } = all;
      if (batches !== undefined) checkInteger(fn, 'batches', batches, 1);
      if (onBatch !== undefined) checkFunction(fn, 'onBatch', onBatch);
      checkModel(fn, model);
      return exclusively(fn, weightsOf(model, undefined, fn), async () => {
        await eachBatch(fn, model, data, batches ?? Number.POSITIVE_INFINITY, async (batch, index) => {
          await observeBatch(batch, index);
          await onBatch?.({ ...progress });
        });
        return calibration();
      });
    },
    async convert(all = {}) {
      if (progress.batches === 0) throw new Error(`${fn}: calibrate must come before convert, got 0 batches`);
      return convertAs(fn, model, calibration(), all);
    },
  };
}

/**
 * Chooses layers whose activations are to be observed: the first step of prepare, calibrate, convert. The model is not changed.
 *
 * @example
 * const prepared = prepare(model, { observer: 'minMax' });
 * await prepared.calibrate([x]);
 * const converted = await prepared.convert({ probes: x });
 * console.log(prepared.layers.length === converted.layers.length, converted.effect.relative < 0.2); // -> true true
 * converted.restore();
 *
 * @param model - a built LayersModel
 * @param options - see {@link PrepareOptions}
 * @returns a handle that observes and converts; it holds no tensors
 * @throws TypeError or RangeError for wrong options, for layers that are not in the model, and for a model with layers that keep a state
 */
export function prepare(model: ModelLike, options: PrepareOptions = {}): Prepared {
  const fn = 'prepare';
  checkOptions(fn, options, ['observer', 'layers', ...OBSERVED_GRID]);
  return prepareAs(fn, model, options);
}
