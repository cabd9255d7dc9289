import type { Figures } from '@weightkit/lesson';
import { type Figure, filterGrid, heatmap, lineChart, smallMultiples } from '@weightkit/viz';
import { SIDE } from '../siamese/size.ts';
import { cosines, filterOf, matched } from './alike.ts';
import type { Moment, Params, Result } from './experiment.ts';
import { FILTERS, KERNEL } from './network.ts';
import { ALONG, KEPT, most, PATCH } from './patches.ts';

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
/** A minus sign that is as wide as a plus sign. */
const signed = (value: number, digits = 2): string => value.toFixed(digits).replace('-', '−');
export const mean = (all: readonly number[]): number => all.reduce((sum, value) => sum + value, 0) / all.length;

const numbered = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const short = (value: number): number => Number(value.toPrecision(4));

/** The filters at a moment: by sign and one scale, or in gray from the least of each to its largest, as the slide draws them. */
function filters(now: Moment, { slide }: Params): Figure {
  const { step, kernel, bias, accuracy } = now;
  const all = numbered(FILTERS).map((filter) => filterOf(kernel, filter));
  const norms = all.map((filter) => Math.hypot(...filter));
  const look = slide
    ? 'in gray, from the least weight of each filter in black to its largest in white, as the slide draws them'
    : 'blue above 0 and vermilion below, all by one scale';
  const options = {
    columns: 4,
    title: `After ${step} steps: ${percent(accuracy)} of unseen digits right`,
    description:
      `The ${FILTERS} filters of the first layer after ${step} steps, ${look}. Their norms are from ${short(Math.min(...norms))} to ` +
      `${short(Math.max(...norms))}. The network has ${percent(accuracy)} of the unseen digits right.`,
  };
  const [shape, names] = [[KERNEL, KERNEL, 1, FILTERS], numbered(FILTERS).map(String)];
  const drawn = () => {
    if (!slide) return filterGrid({ values: kernel, shape, names }, { color: 'diverging', ...options });
    const values = Float32Array.from(kernel, (weight, i) => {
      const own = all[i % FILTERS]!;
      const [low, high] = [Math.min(...own), Math.max(...own)];
      return high > low ? (weight - low) / (high - low) : 0.5;
    });
    return filterGrid({ values, shape, names }, { color: 'gray', domain: [0, 1], ...options });
  };
  return {
    ...drawn(),
    table: {
      columns: ['filter', ...numbered(PATCH).map((i) => `${Math.floor(i / KERNEL)},${i % KERNEL}`), 'bias'],
      rows: all.map((filter, i) => [String(i), ...filter.map(short), short(bias[i]!)]),
    },
  };
}

/** What all filters answer to the reader's image. */
function maps({ drawn: { answers } }: Result): Figure {
  const rows = numbered(FILTERS).map((filter) => {
    const own = filterOf(answers, filter);
    return [String(filter), ...[Math.min(...own), Math.max(...own)].map(short), own.filter((a) => a > 0).length];
  });
  const above = rows.reduce((sum, row) => sum + Number(row[3]), 0);
  const figure = filterGrid(
    { values: answers, shape: [ALONG, ALONG, 1, FILTERS], names: numbered(FILTERS).map(String) },
    {
      color: 'diverging',
      columns: 4,
      title: 'What each filter answers to your image',
      description:
        `A map of ${ALONG} × ${ALONG} answers for each of the ${FILTERS} filters, by one scale: blue where the answer is above 0, which ReLU lets ` +
        `through, vermilion below, which it cuts off. In all ${above} of ${answers.length} answers are above 0.`,
    },
  );
  return {
    ...figure,
    table: { columns: ['filter', 'lowest answer', 'highest answer', `above 0, of ${ALONG ** 2}`], rows },
  };
}

/** The reader's image as the network sees it. */
function seen({ drawn: { pixels } }: Result): Figure {
  const values = numbered(SIDE).map((row) => Array.from(pixels.slice(row * SIDE, (row + 1) * SIDE)));
  return heatmap(
    { values, rows: values.map(() => ''), columns: values.map(() => '') },
    {
      cellText: false,
      scheme: 'inferno',
      domain: [0, 1],
      height: 290,
      title: 'Your image as the network sees it',
      description: `${SIDE} × ${SIDE} pixels, in the size and the place that MNIST gives its digits.`,
    },
  );
}

/** The patches that excite the chosen filter most, and the sum that makes the strongest answer. */
function patches({ patches, moments, active }: Result, { filter }: Params): Figures {
  if (!patches || !active) return {};
  const { kernel, bias } = moments.at(-1)!;
  const own = filterOf(kernel, filter);
  const at = filter * KEPT;
  const pixelsOf = (i: number) => Array.from(patches.pixels.slice((at + i) * PATCH, (at + i + 1) * PATCH));
  const answers = Array.from(patches.answers.slice(at, at + KEPT));
  const all = numbered(KEPT).map(pixelsOf);
  const top = most(own, bias[filter]!);
  const sheet = filterGrid(
    {
      // The patch runs fastest, as filters do.
      values: numbered(PATCH).flatMap((pixel) => all.map((patch) => patch[pixel]!)),
      shape: [KERNEL, KERNEL, 1, KEPT],
      names: answers.map((answer) => signed(answer)),
    },
    {
      color: 'gray',
      domain: [0, 1],
      columns: 3,
      title: `What excites filter ${filter} most`,
      description:
        `The ${KEPT} patches of unseen digits, at most one of each, to which filter ${filter} answers most strongly: from ${signed(answers[0]!)} to ` +
        `${signed(answers.at(-1)!)}. The largest answer that any patch could get is ${signed(top)}. On ${percent(active[filter]!)} of all places it is above 0.`,
    },
  );
  const fromOf = (i: number) => Array.from(patches.from.slice(3 * (at + i), 3 * (at + i) + 3));
  const square = (values: readonly number[], title: string, options: Parameters<typeof heatmap>[1]) => {
    const rows = numbered(KERNEL).map((row) =>
      values.slice(row * KERNEL, (row + 1) * KERNEL).map((value) => Number(value.toFixed(2))),
    );
    const names = rows.map(() => '');
    return heatmap({ values: rows, rows: names, columns: names }, { height: 200, title, ...options });
  };
  const [first] = all;
  const products = own.map((weight, i) => weight * first![i]!);
  const widest = Math.max(...own.map((weight) => Number(Math.abs(weight).toFixed(2))), 0.01);
  const sign = { scheme: 'diverging', domain: [-widest, widest] } as const;
  const sum = products.reduce((all, product) => all + product, 0);
  const said = `The nine products add up to ${signed(sum, 4)}; with the bias of ${signed(bias[filter]!, 4)} that is ${signed(sum + bias[filter]!, 4)}. The convolution answered ${signed(answers[0]!, 4)}.`;
  const squares = [
    square(own, `Filter ${filter}`, sign),
    square(first!, 'Patch', { scheme: 'inferno', domain: [0, 1] }),
    square(products, 'Products', sign),
  ];
  return {
    patches: {
      ...sheet,
      table: {
        columns: ['patch', 'answer', 'image', 'row', 'column', ...numbered(PATCH).map((i) => `pixel ${i}`)],
        rows: all.map((patch, i) => [String(i + 1), short(answers[i]!), ...fromOf(i), ...patch.map(short)]),
      },
    },
    sum: {
      ...smallMultiples(
        { figures: squares },
        {
          title: `Filter ${filter}: ${signed(sum)} ${bias[filter]! < 0 ? '−' : '+'} ${Math.abs(bias[filter]!).toFixed(2)} = ${signed(sum + bias[filter]!)}`,
          columns: 3,
          description: said,
        },
      ),
      table: {
        columns: ['place', 'weight', 'pixel', 'product'],
        rows: own.map((weight, i) => [
          `${Math.floor(i / KERNEL)},${i % KERNEL}`,
          ...[weight, first![i]!, products[i]!].map(short),
        ]),
      },
    },
  };
}

/** How alike filters are: to their own start, and to those of a network with another start, step by step. */
function alike({ moments, other }: Result, { steps }: Params): Figure {
  const start = moments[0]!.kernel;
  const line = (name: string, all: readonly Moment[], of: (now: Moment, i: number) => number) => ({
    name,
    x: all.map(({ step }) => step),
    y: all.map(of),
  });
  return lineChart(
    {
      series: [
        line('to their own start', moments, ({ kernel }) => mean(cosines(start, kernel))),
        line('to the other network', other, ({ kernel }, i) => matched(moments[i]!.kernel, kernel)),
      ],
    },
    { title: 'How alike filters are', xLabel: 'step', yLabel: 'mean cosine', xDomain: [0, steps], yDomain: [0, 1] },
  );
}

/** Accuracy with filters that learn, and with filters that stay as they were drawn. */
function learning({ moments, frozen }: Result, { steps }: Params): Figure {
  const line = (name: string, all: readonly Moment[]) => ({
    name,
    x: all.map(({ step }) => step),
    y: all.map(({ accuracy }) => 100 * accuracy),
  });
  return lineChart(
    { series: [line('all layers learn', moments), ...(frozen.length > 0 ? [line('first layer frozen', frozen)] : [])] },
    {
      title: 'Unseen digits right during training',
      xLabel: 'step',
      yLabel: 'accuracy, %',
      xDomain: [0, steps],
      yDomain: [0, 100],
    },
  );
}

/** The filters, what they answer, what excites them, and how they change. */
export function figures(result: Result, params: Params, moment?: number): Figures {
  const at = Math.min(result.moments.length - 1, moment ?? Number.POSITIVE_INFINITY);
  return {
    filters: filters(result.moments[at]!, params),
    maps: maps(result),
    ...patches(result, params),
    learning: learning(result, params),
    ...(result.other.length > 0 ? { alike: alike(result, params) } : {}),
    seen: seen(result),
  };
}
