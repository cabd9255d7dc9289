import type { Figures } from '@weightkit/lesson';
import { type Figure, heatmap, layerChart, lineChart, smallMultiples } from '@weightkit/viz';
import { endOf, type Params, type Result } from './experiment.ts';
import { placeHere, placeThere } from './flatten.ts';

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const short = (value: number): number => Number(value.toPrecision(3));
const numbered = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Validation accuracy by epoch, up to a moment. */
function curves({ runs, validation, data }: Result, { epochs }: Params, moment: number): Figure {
  const shown = runs.map((run) => ({ ...run, moments: run.moments.slice(0, moment + 1) }));
  const ends = shown.map((run) => `${run.start} ${percent(endOf(run))}`).join(', ');
  const last = Math.max(...shown.map(({ moments }) => moments.length)) - 1;
  const [glorot, he, random] = shown.map((run) => (100 * endOf(run)).toFixed(0));
  return lineChart(
    {
      series: shown.map(({ start, moments }) => ({
        name: start,
        x: moments.map(({ epoch }) => epoch),
        y: moments.map(({ accuracy }) => Number((100 * accuracy).toFixed(2))),
      })),
    },
    {
      title: `Epoch ${last}: glorot ${glorot} %, he ${he} %, random ${random} %`,
      description: `Validation accuracy on ${validation} images of ${data} by epoch. After ${last} epochs: ${ends}.`,
      xLabel: 'epoch',
      yLabel: 'validation accuracy, %',
      xDomain: [0, epochs],
      yDomain: [0, 100],
      height: 400,
    },
  );
}

/** A number of each layer at the start, a dot for each of the three. */
function byLayer(
  { runs }: Result,
  pick: (layer: Result['runs'][number]['layers'][number]) => number,
  options: { title: string; xLabel: string; what: string },
): Figure {
  const layers = runs[0]!.layers.map(({ layer, fanIn }, i) => ({
    name: `${layer}, fan-in ${fanIn}`,
    // What is 0 has no place on a log scale.
    values: Object.fromEntries(
      runs.flatMap(({ start, layers }) => {
        const value = short(pick(layers[i]!));
        return value > 0 ? [[start, value]] : [];
      }),
    ),
  }));
  const { title, xLabel, what } = options;
  const told = runs.map(({ start, layers }) => `${start} ${layers.map((layer) => short(pick(layer))).join(', ')}`);
  return layerChart(
    { layers },
    { title, xLabel, xScale: 'log', description: `${what}, from the first layer to the last: ${told.join('; ')}.` },
  );
}

/** In which place of the vector each value of the map stands, in both libraries. */
function order({ map, order: found }: Result): Figure {
  const [height, width, channels] = map;
  const places = numbered(height * width);
  const all = numbered(channels);
  // Numbers in cells are to be as large as all other text.
  const fits = channels <= 16;
  const panel = (title: string, place: typeof placeHere) =>
    heatmap(
      {
        values: all.map((channel) => places.map((at) => place(map, Math.floor(at / width), at % width, channel))),
        rows: all.map(String),
        columns: places.map((at) => `${Math.floor(at / width)},${at % width}`),
      },
      {
        title,
        ...(fits ? { height: 110 + 22 * channels } : { height: 340, cellText: false }),
        scheme: 'inferno',
        xLabel: 'row, column',
        yLabel: 'channel',
      },
    );
  const told = found ? `: right ${percent(found.right)}, mixed up ${percent(found.wrong)}` : '';
  return {
    ...smallMultiples(
      { figures: [panel('TensorFlow.js', placeHere), panel('PyTorch', placeThere)] },
      {
        title: `Two orders of one vector${told}`,
        columns: 2,
        description:
          `A map of ${height} × ${width} places with ${channels} channels becomes a vector of ${height * width * channels} numbers. TensorFlow.js takes ` +
          'all channels of a place, then the next place; PyTorch all places of a channel, then the next channel.' +
          (found
            ? ` With the rows of the dense kernel in its own order the network has ${percent(found.right)} of the validation images right, in the other order ${percent(found.wrong)}.`
            : ''),
      },
    ),
    table: {
      columns: ['channel', 'row', 'column', 'TensorFlow.js', 'PyTorch'],
      rows: all.flatMap((channel) =>
        places.map((at) => {
          const [row, column] = [Math.floor(at / width), at % width];
          return [
            String(channel),
            row,
            column,
            placeHere(map, row, column, channel),
            placeThere(map, row, column, channel),
          ];
        }),
      ),
    },
  };
}

/** The loss on training images, epoch by epoch. */
function losses({ runs }: Result, { epochs }: Params): Figure {
  return lineChart(
    {
      series: runs.map(({ start, moments }) => ({
        name: start,
        x: moments.slice(1).map(({ epoch }) => epoch),
        y: moments.slice(1).map(({ loss }) => loss!),
      })),
    },
    {
      title: 'Mean training loss of each epoch',
      description: `The loss on training images, epoch by epoch. In the last one: ${runs.map(({ start, moments }) => `${start} ${short(moments.at(-1)!.loss!)}`).join(', ')}.`,
      xLabel: 'epoch',
      yLabel: 'cross-entropy',
      xDomain: [1, Math.max(2, epochs)],
    },
  );
}

/** How accuracy grows from each start, what the starts are, and how maps are flattened. */
export function figures(result: Result, params: Params, moment = Number.POSITIVE_INFINITY): Figures {
  const trained = result.runs.every(({ moments }) => moments.length > 1);
  return {
    curves: curves(result, params, moment),
    weights: byLayer(result, ({ weights }) => weights, {
      title: 'How far weights spread at the start',
      xLabel: 'std of the weights',
      what: 'Standard deviation of the weights before training',
    }),
    sums: byLayer(result, ({ sums }) => sums, {
      title: 'How far sums spread at the start',
      xLabel: 'std of a layer’s sums',
      what: 'Standard deviation of what a layer adds up, over validation images, before training',
    }),
    order: order(result),
    ...(trained ? { losses: losses(result, params) } : {}),
  };
}
