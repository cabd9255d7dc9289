import type { Figures } from '@weightkit/lesson';
import { packCodes } from '@weightkit/numerics';
import { dequantizeValues, quantizeValues } from '@weightkit/quantization';
import { type Figure, heatmap, layerChart, lineChart, quantizationGrid, sizeChart } from '@weightkit/viz';
import { SIDE } from '../siamese/size.ts';
import { ACTIVATION_BITS, type FileOf, type Params, type Ranged, type Result } from './experiment.ts';
import { BITS, gridOf, SHARED, type Shared } from './grids.ts';
import { type Kernel, kernelOf, stepsOf } from './kernel.ts';

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
export const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
/** A number with as many digits as mean something. */
const short = (value: number): string => String(Number(value.toPrecision(3))).replace('-', '−');

/** The file that a reader has chosen. */
export const fileOf = ({ files }: Pick<Result, 'files'>, { bits, shared }: Pick<Params, 'bits' | 'shared'>): FileOf =>
  files.find((file) => file.bits === bits && file.shared === shared)!;

const scales = (shared: Shared): string => `a scale for ${shared}`;
const layerText = ({ layer }: Pick<Params, 'layer'>): string => `the ${layer === 'digits' ? 'last' : layer} layer`;

/** The grid over the weights of a layer, in steps of their scales: what stands on a line is a code. */
function grid(result: Result, params: Params): Figure {
  const { bits, shared, range } = params;
  const { bytes, accuracy } = fileOf(result, params);
  const kernel = kernelOf(result, params.layer);
  const { steps, scales: all } = stepsOf(kernel, gridOf(bits, shared, range));
  const least = -(2 ** (bits - 1));
  const levels = Array.from({ length: 2 ** bits }, (_, code) => least + code);
  const farthest = steps.reduce((most, step) => Math.max(most, Math.abs(step)), -least);
  // What float32 rounds beyond the last line is not clipped.
  const reach = farthest < -least * (1 + 2 ** -20) ? -least : farthest;
  const bins = 64;
  const edges = Array.from({ length: bins + 1 }, (_, i) => reach * ((2 * i) / bins - 1));
  const counts = new Array<number>(bins).fill(0);
  for (const step of steps) counts[Math.max(0, Math.min(bins - 1, Math.floor(((step / reach + 1) * bins) / 2)))]!++;
  const figure = quantizationGrid(
    { edges, counts, levels },
    {
      title: `${bits} bits: ${percent(accuracy)} right, ${kilobytes(bytes)}`,
      xLabel: 'weight, in steps of its scale',
      yLabel: 'weights',
    },
  );
  const from = all.length === 1 ? short(all[0]!) : `from ${short(Math.min(...all))} to ${short(Math.max(...all))}`;
  const description =
    `The ${kernel.values.length} weights of ${layerText(params)}, divided by their scales, over the ${levels.length} whole numbers that ${bits} bits can be, with ` +
    `${scales(shared)}. Scales are ${from}. Of the unseen digits ${percent(accuracy)} are right, by a file of ${bytes} bytes; in float32 ` +
    `${percent(result.accuracy)}, by ${result.bytes} bytes. ${figure.description}`;
  return { ...figure, description };
}

/** What is right with so many bits, by what shares a scale. */
const told = (files: Result['files'], bits: number): string =>
  SHARED.map((shared) => `${percent(fileOf({ files }, { bits, shared }).accuracy)} with ${scales(shared)}`).join(', ');

/** What is right with each number of bits. */
function bitsFigure({ files, accuracy }: Result): Figure {
  const up = [...BITS].reverse();
  const at = (bits: number, shared: Shared) => 100 * fileOf({ files }, { bits, shared }).accuracy;
  return lineChart(
    {
      series: [
        ...SHARED.map((shared) => ({ name: scales(shared), x: up, y: up.map((bits) => at(bits, shared)) })),
        { name: 'float32', x: [up[0]!, up.at(-1)!], y: [100 * accuracy, 100 * accuracy] },
      ],
    },
    {
      title: 'Unseen digits right, by bits',
      description: `In float32 ${percent(accuracy)} of the unseen digits are right. With 8 bits a weight: ${told(files, 8)}. With 2 bits: ${told(files, 2)}.`,
      xLabel: 'bits of a weight',
      yLabel: 'accuracy, %',
      yDomain: [0, 100],
    },
  );
}

/** The same by the bytes of the file. */
function size({ files }: Result): Figure {
  const ofShared = (shared: Shared) => files.filter((file) => file.shared === shared).sort((a, b) => a.bytes - b.bytes);
  const figure = lineChart(
    {
      series: SHARED.map((shared) => ({
        name: scales(shared),
        x: ofShared(shared).map(({ bytes }) => bytes / 1000),
        y: ofShared(shared).map(({ accuracy }) => 100 * accuracy),
      })),
    },
    {
      title: 'Unseen digits right, by size',
      description: `Each point is a file: from 2 bits a weight at the left to 8 at the right, ${SHARED.map(scales).join(', ')}.`,
      xLabel: 'file, kB',
      yLabel: 'accuracy, %',
      yDomain: [0, 100],
    },
  );
  return {
    ...figure,
    table: {
      columns: ['bits', 'a scale for', 'bytes', 'accuracy, %'],
      rows: files.map(({ bits, shared, bytes, accuracy }) => [
        bits,
        shared,
        bytes,
        Number((100 * accuracy).toFixed(1)),
      ]),
    },
  };
}

/** A row of a kernel: the weights of one input, of the first layer those of a pixel in the middle. */
export function rowOf({ shape: [inputs, units] }: Kernel): { at: number; input: number } {
  const input = inputs === SIDE * SIDE ? (SIDE / 2) * SIDE + SIDE / 2 : 0;
  return { at: input * units, input };
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
const binary = (nibble: number): string => nibble.toString(2).padStart(4, '0');

/** One row of a kernel in 4 bits, byte by byte. */
function nibbles(result: Result, params: Params): Figure {
  const kernel = kernelOf(result, params.layer);
  const units = kernel.shape[1];
  const { at, input } = rowOf(kernel);
  const quantized = quantizeValues(kernel.values, kernel.shape, gridOf(4, params.shared, params.range));
  const values = dequantizeValues(quantized);
  const { codes } = quantized;
  // Rows of an even number of codes begin with a byte.
  const bytes = packCodes(codes, 4).subarray(at / 2, (at + units) / 2);
  const pairs = Array.from(bytes, (_, i) => [codes[at + 2 * i + 1]!, codes[at + 2 * i]!]);
  const figure = heatmap(
    {
      values: pairs,
      rows: Array.from(bytes, hex),
      columns: ['high nibble', 'low nibble'],
    },
    {
      domain: [-8, 8],
      scheme: 'diverging',
      height: 120 + 24 * bytes.length,
      title: `${units} weights in ${bytes.length} bytes`,
      description:
        `The ${units} weights of input ${input} of ${layerText(params)} in 4 bits, ${scales(params.shared)}: a row is a byte, in hexadecimal, and its two cells are the codes in ` +
        `its halves. ${Array.from(bytes, (byte, i) => `${hex(byte)}: ${pairs[i]!.join(' and ').replaceAll('-', '−')}`).join(', ')}.`,
    },
  );
  const cells = (i: number) => [codes[i]!, Number(values[i]!.toPrecision(4)), Number(kernel.values[i]!.toPrecision(4))];
  return {
    ...figure,
    table: {
      columns: ['byte', 'low bits', 'code', 'stands for', 'was', 'high bits', 'code', 'stands for', 'was'],
      rows: Array.from(bytes, (byte, i) => [
        hex(byte),
        binary(byte & 15),
        ...cells(at + 2 * i),
        binary(byte >> 4),
        ...cells(at + 2 * i + 1),
      ]),
    },
  };
}

const CALIBRATED = 3;
const waysOf = (ranged: readonly Ranged[]) => [...new Set(ranged.map(({ way }) => way))];

/** What the first layer gives, and where a grid of few bits would end by the least square error. */
function activations({ activations: { edges, counts, zeros }, ranged }: Result): Figures {
  const found = ranged.find(({ bits, way }) => bits === CALIBRATED && way === 'least square error');
  if (!found) return {};
  const most = 2 ** CALIBRATED - 1;
  const figure = quantizationGrid(
    { edges, counts, levels: Array.from({ length: most + 1 }, (_, code) => (found.end * code) / most) },
    { title: `What the first layer gives, in ${CALIBRATED} bits`, xLabel: 'activation', yLabel: 'how often' },
  );
  return {
    activations: {
      ...figure,
      description: `Activations above 0 of the first layer for the calibrating images; ${zeros} are 0 and not drawn. The levels end where the square error is least. ${figure.description}`,
    },
  };
}

/** What is right with rounded activations, by the way to find their ranges. */
function calibration({ ranged, accuracy }: Result): Figures {
  if (ranged.length < ACTIVATION_BITS.length * 3) return {};
  const up = [...ACTIVATION_BITS].reverse();
  const at = (bits: number, way: string) => ranged.find((one) => one.bits === bits && one.way === way)!.accuracy;
  const series = waysOf(ranged).map((way) => ({ name: way, x: up, y: up.map((bits) => 100 * at(bits, way)) }));
  return {
    calibration: lineChart(
      { series: [...series, { name: 'float32', x: [2, 8], y: [100 * accuracy, 100 * accuracy] }] },
      {
        title: 'With rounded activations',
        description: `With 2 bits an activation ${waysOf(ranged)
          .map((way) => `${percent(at(2, way))} of the unseen digits are right with “${way}”`)
          .join(', ')}; in float32 ${percent(accuracy)}.`,
        xLabel: 'bits of an activation',
        yLabel: 'accuracy, %',
      },
    ),
  };
}

/** Few bits, by four ways to get to them. */
function few({ few, accuracy, longer }: Result, { more }: Params): Figures {
  if (few.length === 0) return {};
  const share = (value: number) => Number((100 * value).toFixed(1));
  return {
    few: layerChart(
      {
        layers: few.map(({ bits, nearest, gptq, later, aware }) => ({
          name: `${bits} bits`,
          values: {
            'nearest code': share(nearest),
            GPTQ: share(gptq),
            'trained on, then rounded': share(later),
            'trained on with rounded weights': share(aware),
          },
        })),
      },
      {
        title: 'Few bits, in four ways',
        xLabel: 'accuracy, %',
        description:
          `A scale for an output. In float32 ${percent(accuracy)} of the unseen digits are right, and ${percent(longer)} after ${more} further steps. ` +
          few
            .map(
              ({ bits, nearest, gptq, later, aware }) =>
                `With ${bits} bits: ${percent(nearest)} by the nearest code, ${percent(gptq)} by GPTQ, ${percent(later)} trained on and rounded then, ${percent(aware)} trained on with rounded weights.`,
            )
            .join(' '),
      },
    ),
  };
}

/** The bytes of the files. */
function sizes(result: Result, params: Params): Figure {
  const { stock, bytes } = result;
  const { bits, bytes: own } = fileOf(result, params);
  return sizeChart(
    {
      stages: [
        { name: 'float32, weights alone', bytes: stock.before },
        { name: 'uint8, weights alone', bytes: stock.bytes },
        { name: 'float32, whole file', bytes },
        { name: `${bits} bits, whole file`, bytes: own },
      ],
    },
    { title: 'Bytes, measured' },
  );
}

/** The grid, what is right and how many bytes it takes, a row of nibbles, calibration, and few bits by training. */
export function figures(result: Result, params: Params): Figures {
  return {
    grid: grid(result, params),
    bits: bitsFigure(result),
    size: size(result),
    nibbles: nibbles(result, params),
    ...calibration(result),
    ...few(result, params),
    ...activations(result),
    ...(result.stock.bytes > 0 ? { sizes: sizes(result, params) } : {}),
  };
}
