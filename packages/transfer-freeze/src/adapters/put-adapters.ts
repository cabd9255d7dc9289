import * as tf from '@tensorflow/tfjs-core';
import { checkCheckpoint } from '@weightkit/checkpoint';
import {
  checkIdle,
  checkLayer,
  checkUses,
  exclusively,
  foldAll,
  type LayerLike,
  layersOf,
  type ModelLike,
  type Parametrization,
  parametrizationsOf,
  type SkippedWeight,
  type Weight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkBoolean, checkNumber, checkOptions, checkRange } from '@weightkit/numerics/check';
import { batchNormsOf } from '../freezing/batch-norms.ts';
import { holdAll, variablesOf } from '../freezing/hold-all.ts';
import { noteModels } from '../transfer/feature-order.ts';
import type { Adapter, SharedPieces, Site } from './adapter.ts';
import { adapterFile, type Fit, valuesIn } from './adapter-file.ts';
import type { Adapters, AdaptersReport, LoadOptions } from './adapters.ts';
import { scaleIn } from './file-scale.ts';
import { handlesOf, installAll, type PlacedPart, restoreAll } from './install.ts';
import { type Kept, keepBase } from './merged.ts';
import { sitesOf, type Wanted } from './sites.ts';

/** What adapters of every kind are put in place by. */
export interface AdaptersPlan extends Wanted {
  train: WeightFilter | undefined;
  scale: number;
  /** What a file says of them. */
  metadata: Record<string, string>;
  /** What the layers' adapters share. */
  shared?: SharedPieces;
  /** Whether the caller has taken its turn at the model's weights. */
  isTurn?: boolean;
}

interface Found {
  all: Weight[];
  trained: Weight[];
  sites: Site[];
  skipped: SkippedWeight[];
}

const sizeOf = ({ shape }: Weight): number => shape.reduce((product, size) => product * size, 1);
const pathsOf = (weights: readonly Weight[]): string[] => weights.map(({ path }) => path);

/** Under a flag that is off tfjs would not train adapters either. */
function checkFlags(fn: string, model: LayerLike, sites: readonly Site[]): void {
  const off = layersOf(model, fn).find(
    ({ path, layer }) =>
      !layer.trainable && sites.some(({ weight }) => path === '' || weight.path.startsWith(`${path}/`)),
  );
  if (off)
    throw new Error(
      `${fn}: layers that get adapters must have trainable true, or these would not train, got ${off.layer.name}; all else is held in any case`,
    );
}

/** Which weights get adapters, checked. */
export function findSites(fn: string, model: LayerLike, plan: Wanted & Pick<AdaptersPlan, 'train'>): Found {
  const all = weightsOf(model, undefined, fn);
  noteModels(fn, model);
  const trained = plan.train === undefined ? [] : weightsOf(model, plan.train, fn, 'train');
  const { sites, skipped } = sitesOf(fn, model, all, new Set(pathsOf(trained)), plan);
  checkFlags(fn, model, sites);
  for (const { weight } of sites) checkUses(fn, weight);
  return { all, trained, sites, skipped };
}

/** Holds everything but what trains; batch normalizations keep their statistics unless what they learn trains. */
function holdOthers(
  { all, trained }: Found,
  before: readonly Parametrization[],
  parts: readonly PlacedPart[],
): () => void {
  const moving = new Set(pathsOf(trained));
  const still = all.filter(({ path }) => !moving.has(path));
  const norms = batchNormsOf(all).filter(({ learned }) => !learned.some(({ path }) => moving.has(path)));
  const own = parts.flatMap(({ adapter, handle }) => adapter.held.map((name) => handle.variables[name]!));
  return holdAll([...variablesOf(still, before), ...own], norms);
}

const reportOf = ({ all, trained, sites, skipped }: Found, parts: readonly PlacedPart[]): AdaptersReport => {
  const count = (weights: readonly Weight[]): number => weights.reduce((sum, weight) => sum + sizeOf(weight), 0);
  return {
    adapted: sites.map(({ weight }) => weight.path),
    trained: pathsOf(trained),
    skipped,
    trainableParameters: parts.reduce((sum, { adapter }) => sum + adapter.entries, count(trained)),
    frozenParameters: count(all) - count(trained),
  };
};

/** The values of an adapter's variables; data of the cpu backend is the live array. */
async function downloaded({ variables }: Parametrization): Promise<Record<string, Float32Array>> {
  const values = Object.entries(variables).map(
    async ([name, variable]) => [name, Float32Array.from(await variable.data())] as const,
  );
  return Object.fromEntries(await Promise.all(values));
}

/** A mask would cut off what adapters above it have learned. */
function checkNoMaskBelow(parts: readonly PlacedPart[]): void {
  for (const { weight, handle } of parts) {
    // The layer, for a model of bottlenecks around it may be gone by now.
    const all = parametrizationsOf(weight.layer!, 'merge');
    const below = all.slice(0, all.indexOf(handle)).some(({ raw, kind }) => raw === handle.raw && kind === 'mask');
    if (below) throw new Error(`merge: no mask must lie under adapters, got one at ${handle.path}; fold it first`);
  }
}

function checkScale(fn: string, own: number, there: number | undefined): void {
  checkRange(
    there === undefined || Math.abs(there - own) <= 2 ** -24 * Math.abs(own),
    `${fn}: checkpoint must be of products that are multiplied by ${own}`,
    there,
  );
}

/** Checked options of `load`. */
function loadOptions(options: LoadOptions): { isFit: boolean; given: number | undefined } {
  checkOptions('load', options, ['fit', 'scale']);
  const { fit: isFit = false, scale } = options;
  checkBoolean('load', 'fit', isFit);
  checkRange(scale === undefined || isFit, 'load: scale must be left out without fit', scale);
  if (scale !== undefined) checkNumber('load: scale must be a finite number', scale, Number.isFinite);
  return { isFit, given: scale };
}

/** How many times as large products become. */
function ratioOf(own: number, there: number): number {
  if (own === there) return 1;
  checkRange(own !== 0, 'load: products must not be multiplied by 0 for a file of another number to be fitted', there);
  return there / own;
}

/** Puts adapters of a kind beside a model's weights and holds all others. */
export function putAdapters(
  fn: string,
  model: ModelLike | LayerLike,
  plan: AdaptersPlan,
  adapterAt: (site: Site) => Adapter,
): Adapters {
  checkLayer(fn, 'model', model);
  const found = findSites(fn, model, plan);
  const { all, sites } = found;
  if (!plan.isTurn) checkIdle(fn, all);
  let parts: PlacedPart[] = [];
  let release: (() => void) | undefined;
  let kept: Kept | undefined;
  const put = (wanted: readonly (Site & { adapter: Adapter })[], starts?: Kept['starts']): void => {
    // What comes is to train, what was there is not.
    const before = parametrizationsOf(model, fn);
    parts = installAll(wanted, all, starts);
    release = holdOthers(found, before, parts);
  };
  put(sites.map((site) => ({ ...site, adapter: adapterAt(site) })));
  const checkActive = (name: string): void => {
    if (!release)
      throw new Error(`${name}: adapters must be in place, got some taken away (of ${sites[0]!.weight.path})`);
  };
  const end = (): void => {
    release?.();
    release = undefined;
  };
  const forget = (): void => {
    kept?.dispose();
    kept = undefined;
  };
  const report = reportOf(found, parts);
  const { scale, metadata, shared } = plan;
  return {
    paths: [...report.adapted],
    scale,
    get active() {
      return release !== undefined;
    },
    report: () => structuredClone(report),
    async toCheckpoint() {
      checkActive('toCheckpoint');
      const all = await Promise.all(
        parts.map(async ({ weight, adapter, handle }) => ({ weight, adapter, values: await downloaded(handle) })),
      );
      return adapterFile(all, metadata, shared);
    },
    async load(checkpoint, options = {}) {
      const { isFit, given } = loadOptions(options);
      checkActive('load');
      const weights = parts.map(({ weight }) => weight);
      return exclusively('load', weights, async () => {
        checkCheckpoint('load', 'checkpoint', checkpoint);
        const there = given ?? scaleIn(checkpoint);
        const fit: Fit | undefined = isFit
          ? {
              ratio: ratioOf(scale, there ?? scale),
              now: await Promise.all(parts.map(({ handle }) => downloaded(handle))),
            }
          : undefined;
        const { variables, common } = await valuesIn('load', checkpoint, parts, shared, fit);
        if (!fit) checkScale('load', scale, there);
        checkActive('load');
        tf.tidy(() => {
          for (const [i, { handle }] of parts.entries())
            for (const [name, variable] of Object.entries(handle.variables))
              variable.assign(tf.tensor(variables[i]![name]!, variable.shape));
        });
        if (common) shared!.take(common);
      });
    },
    merge(options = {}) {
      checkOptions('merge', options, ['keepBase']);
      const { keepBase: isKept = false } = options;
      checkBoolean('merge', 'keepBase', isKept);
      checkActive('merge');
      checkNoMaskBelow(parts);
      const copies = isKept ? keepBase(parts) : undefined;
      try {
        foldAll(handlesOf(parts), 'merge');
      } catch (error) {
        copies?.dispose();
        throw error;
      }
      kept = copies;
      end();
    },
    unmerge() {
      if (!kept)
        throw new Error(
          `unmerge: adapters must be merged with keepBase, got ${release ? 'some in place' : 'nothing kept'} (of ${sites[0]!.weight.path})`,
        );
      kept.check('unmerge');
      put(parts, kept.starts);
      kept.restore();
      forget();
    },
    remove() {
      checkActive('remove');
      restoreAll(parts);
      end();
    },
    dispose: forget,
  };
}
