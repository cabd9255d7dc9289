import type { Checkpoint, CheckpointTensor } from '@weightkit/checkpoint';
import { singularValues } from '@weightkit/numerics';
import { type Figure, filterGrid, histogramChart, spectrumChart } from '@weightkit/viz';
import {
  histograms,
  type SpectralMetrics,
  summarize,
  type TensorHistogram,
} from '@weightkit/weight-metrics/checkpoint';
import { draw } from '../lesson/draw.ts';
import type { Picture } from '../lesson/protocol.ts';
import { type DrawnTensor, figureSections, type InspectedTensor, type Inspection } from './command.ts';
import { filtersOf } from './filters.ts';
import type { DrawnSection } from './protocol.ts';
import { plural } from './texts.ts';

/** Time for all spectra of a model, in ms. */
const SPECTRA_MS = 4000;
/** A larger matrix is left out: one of 1024 rows and columns. */
const MOST_COST = 2 ** 30;
/** Entries that are read at once. */
const MOST_ENTRIES = 2 ** 22;
const BINS = 60;

type Spectrum = Pick<SpectralMetrics, 'spectralNorm' | 'stableRank'>;

interface Reading {
  width: number;
  signal: AbortSignal;
  onProgress: (what: string, done: number) => void;
}

/** What tells the time that a matrix's singular values take; undefined where there are none to be had. */
function costOf({ dtype, shape, encoding }: CheckpointTensor): number | undefined {
  if (!/^b?float(?!4|6_)/.test(dtype) || encoding.kind === 'ggml' || shape.length < 2) return undefined;
  const entries = shape.reduce((product, size) => product * size, 1);
  const cols = shape.at(-1)!;
  if (entries === 0 || entries > MOST_ENTRIES) return undefined;
  const cost = entries * Math.min(cols, entries / cols);
  return cost <= MOST_COST ? cost : undefined;
}

/** Spectra of kernels, the quickest first, as many as there is time for. */
async function spectraOf(
  checkpoint: Checkpoint,
  { signal, onProgress }: Reading,
): Promise<{ spectra: Map<string, Spectrum>; left: number }> {
  const kernels = checkpoint.tensors.filter(({ shape, dtype }) => shape.length >= 2 && /^b?float/.test(dtype));
  const matrices = kernels
    .flatMap((tensor) => {
      const cost = costOf(tensor);
      return cost === undefined ? [] : [{ tensor, cost }];
    })
    .sort((a, b) => a.cost - b.cost);
  const spectra = new Map<string, Spectrum>();
  const begin = performance.now();
  let [spent, rate] = [0, 0];
  for (const { tensor, cost } of matrices) {
    // The next one takes as long for its cost as the dearest so far.
    if (spent + rate * cost > SPECTRA_MS) break;
    signal.throwIfAborted();
    onProgress('Spectra', spectra.size / matrices.length);
    const before = performance.now();
    const [found] = await summarize({ ...checkpoint, tensors: [tensor] }, { signal });
    if (found!.stableRank !== null)
      spectra.set(tensor.name, { spectralNorm: found!.spectralNorm!, stableRank: found!.stableRank });
    rate = (performance.now() - before) / cost;
    spent = performance.now() - begin;
    // What came meanwhile, as that nobody waits any more.
    await new Promise((resolve) => setTimeout(resolve));
  }
  return { spectra, left: kernels.length - spectra.size };
}

/** Histograms of kernels between their ends, which are known: one reading less than where they are not. */
async function kernelHistograms(
  checkpoint: Checkpoint,
  tensors: readonly InspectedTensor[],
  { signal, onProgress }: Reading,
): Promise<TensorHistogram[]> {
  const found: TensorHistogram[] = [];
  for (const [i, tensor] of checkpoint.tensors.entries()) {
    const { min = null, max = null } = tensors[i]!.statistics ?? {};
    if (tensor.shape.length < 2 || !/^b?float/.test(tensor.dtype) || min === null || max === null) continue;
    onProgress('Histograms', i / tensors.length);
    const alone = { ...checkpoint, tensors: [tensor] };
    const one = await histograms(alone, { bins: BINS, range: [min, max], signal }).catch((error) => {
      // So near to each other that the bins have no edges between them.
      if (error instanceof RangeError) return [];
      throw error;
    });
    found.push(...one);
  }
  return found;
}

const pictures = (figures: readonly Figure[], width: number, prefix: string): Picture[] =>
  figures.map((figure, i) => draw(figure, width, `${prefix}-${i}`));

/** Figures of a whole model, those of the command's report. */
export async function drawModel(
  checkpoint: Checkpoint,
  { tensors }: Inspection,
  reading: Reading,
): Promise<DrawnSection[]> {
  const { width } = reading;
  const found = await kernelHistograms(checkpoint, tensors, reading);
  const { spectra, left } = await spectraOf(checkpoint, reading);
  const drawn = tensors.map(
    ({ name, dtype, shape, bytes, statistics }): DrawnTensor => ({
      name,
      dtype: dtype as DrawnTensor['dtype'],
      shape: [...shape],
      bytes,
      std: statistics?.std ?? null,
      spectralNorm: spectra.get(name)?.spectralNorm ?? null,
      stableRank: spectra.get(name)?.stableRank ?? null,
    }),
  );
  return figureSections(drawn, found).map(({ heading, paragraphs = [], figure = [] }, i) => ({
    heading,
    paragraphs:
      heading === 'Spectra' && left > 0
        ? [...paragraphs, `${plural(left, 'kernel')} left out: too large, not finite, or out of time.`]
        : paragraphs,
    pictures: pictures([figure].flat() as Figure[], width, `model-${i}`),
  }));
}

/** Figures of one tensor: its values, a convolution's filters and, of a matrix, its singular values; with a sentence where there is none. */
export async function drawTensor(
  checkpoint: Checkpoint,
  name: string,
  { width, signal }: Reading,
): Promise<{ pictures: Picture[]; said: string }> {
  const tensor = checkpoint.tensors.find((one) => one.name === name)!;
  const alone = { ...checkpoint, tensors: [tensor] };
  const [values] = await histograms(alone, { bins: BINS, filter: () => true, signal });
  if (values!.skipped !== null) return { pictures: [], said: `No histogram: ${values!.skipped}.` };
  const { edges, counts, nonFinite } = values!;
  const figures = [
    histogramChart({ edges, curves: [{ name, counts, nonFinite }] }, { title: `Values of ${name}`, look: 'names' }),
  ];
  if (costOf(tensor) === undefined || nonFinite > 0) {
    const said = tensor.shape.length < 2 ? '' : 'No spectrum: the matrix is too large, or not finite.';
    return { pictures: pictures(figures, width, 'tensor'), said };
  }
  const cols = tensor.shape.at(-1)!;
  const entries = Float64Array.from((await tensor.values()) as Float32Array);
  const filters = filtersOf(tensor.shape, entries, checkpoint.format === 'tfjs');
  if (filters) {
    const { color, ...kernel } = filters;
    figures.push(filterGrid(kernel, { title: `Filters of ${name}`, color, sort: 'norm' }));
  }
  const sigma = singularValues(entries, { rows: entries.length / cols, cols });
  if (sigma[0]! > 0)
    figures.push(spectrumChart({ spectra: [{ name, values: sigma }] }, { title: `Singular values of ${name}` }));
  return { pictures: pictures(figures, width, 'tensor'), said: '' };
}
