import type { Digits } from '@weightkit/datasets';
import { type Figure, histogramChart, layerChart, lineChart, type ReportSection, report } from '@weightkit/viz';
import type { WatchHistory, WeightRecord } from '@weightkit/weight-metrics';
import type { Stage } from './measure.ts';
import { commandOf, type TourOptions } from './options.ts';
import {
  digitsFigure,
  FIRST,
  filtersFigure,
  epochsOf as firstEpochsOf,
  mistakesFigure,
  sizesFigure,
  weightsFigure,
} from './pictures.ts';
import { tableOf } from './table.ts';
import type { EpochResult } from './train.ts';
import { versions } from './versions.ts';

/** All that the tour has seen. */
export interface Story {
  options: TourOptions;
  backend: string;
  stages: readonly Stage[];
  dense: readonly EpochResult[];
  tuned: readonly EpochResult[];
  history: WatchHistory;
  /** The test digits, and what the reloaded network takes each for. */
  test: Digits;
  answers: Uint8Array;
  /** The first layer's kernel after training and after pruning. */
  filters: { dense: Float32Array; pruned: Float32Array };
}

/** The records of training proper: one before it and one per epoch; fits after the first begin with one that repeats the last. */
function epochsOf({ records }: WatchHistory): Record<string, WeightRecord>[] {
  return records.filter(({ at }, i) => at === 'epoch' || i === 0).map(({ weights }) => weights);
}

function curves({ dense, tuned }: Story): Figure {
  const epochs = [...dense, ...tuned];
  const percent = (pick: (epoch: EpochResult) => number) => epochs.map((epoch) => 100 * pick(epoch));
  const x = epochs.map((_, i) => i + 1);
  return lineChart(
    {
      series: [
        { name: 'training batches', x, y: percent((epoch) => epoch.accuracy) },
        { name: 'test digits', x, y: percent((epoch) => epoch.testAccuracy) },
      ],
    },
    {
      title: `Accuracy: ${dense.length} epoch${dense.length === 1 ? '' : 's'} dense, then ${tuned.length} while pruning`,
      xLabel: 'epoch',
      yLabel: 'per cent',
    },
  );
}

function beforeAndAfter({ history, dense }: Story): Figure {
  const epochs = epochsOf(history);
  const counts = (i: number) => epochs[i]![FIRST]!.histogram!.counts;
  return histogramChart(
    {
      edges: history.weights[FIRST]!.edges!,
      curves: [
        { name: 'start', counts: counts(0) },
        { name: 'trained', counts: counts(dense.length) },
      ],
    },
    { title: 'Weights of the first layer before and after training', look: 'names' },
  );
}

function movement({ history }: Story): Figure {
  const epochs = epochsOf(history);
  return lineChart(
    {
      series: Object.keys(epochs[0]!).map((path) => ({
        name: path,
        y: epochs.map((weights) => weights[path]!.fromStart!.relative),
      })),
    },
    { title: 'How far each layer went from its start', xLabel: 'epoch', yLabel: 'distance / norm at the start' },
  );
}

function gradients({ history }: Story): Figure {
  const epochs = epochsOf(history).slice(1);
  return lineChart(
    {
      series: Object.keys(epochs[0]!).map((path) => ({
        name: path,
        x: epochs.map((_, i) => i + 1),
        // a log scale has no 0
        y: epochs.map((weights) => weights[path]!.gradient?.meanNorm || null),
      })),
    },
    { title: 'Gradient norm per layer, mean of each epoch', xLabel: 'epoch', yLabel: 'norm', yScale: 'log' },
  );
}

function conditions({ history, dense }: Story): Figure {
  const epochs = epochsOf(history);
  const at = (i: number, path: string) => epochs[i]![path]!.spectra?.conditionNumber;
  const layers = Object.keys(epochs[0]!).map((name) => {
    const pairs = [
      ['start', at(0, name)],
      ['trained', at(dense.length, name)],
    ] as const;
    return { name, values: Object.fromEntries(pairs.filter(([, value]) => value !== undefined)) };
  });
  return layerChart(
    { layers: layers.filter(({ values }) => Object.keys(values).length > 0) },
    {
      title: 'Condition number of each kernel',
      xLabel: 'largest / smallest singular value',
      xScale: 'log',
    },
  );
}

function sparsities({ history }: Story): Figure {
  const last = epochsOf(history).at(-1)!;
  const layers = Object.entries(last).map(([name, { moments }]) => ({
    name,
    values: { zeros: (100 * moments.zeros) / moments.count },
  }));
  return layerChart(
    { layers },
    { title: 'Zeros in each layer after pruning', xLabel: 'per cent of the kernel', xDomain: [0, 100] },
  );
}

/** One HTML page that tells what the tour did: a sentence beside each figure says what to look for. */
export function reportOf(story: Story): string {
  const { options, backend, stages, dense, test, answers, filters } = story;
  const share = `${(100 * options.sparsity).toFixed(1)} %`;
  const sections: ReportSection[] = [
    {
      heading: 'Result',
      paragraphs: [
        'Pruning alone leaves the file as large as it was, because zeros are stored like other numbers; gzip finds them. Fewer bits make it smaller at once.',
      ],
      figure: sizesFigure(stages),
      table: tableOf(stages),
    },
    {
      heading: 'What it answers',
      paragraphs: [
        'First comes a digit of each kind that the reloaded network names rightly, then digits that it gets wrong. Look whether you would have known them.',
      ],
      figure: digitsFigure(test, answers),
    },
    {
      heading: 'Where it errs',
      paragraphs: [
        'Right answers lie on the diagonal. Look for the darkest cell beside it: the pair that it confuses most.',
      ],
      figure: mistakesFigure(test, answers),
    },
    {
      heading: 'Training',
      paragraphs: [
        `The dense network trained for ${dense.length === 1 ? 'one epoch' : `${dense.length} epochs`}. Look for the dip where pruning begins, and whether training makes up for it.`,
      ],
      figure: curves(story),
    },
    {
      heading: 'What the first layer looks for',
      paragraphs: [
        'Each picture is one of the 64 units: blue where ink speaks for it, vermilion where ink speaks against it, white where it does not look.',
      ],
      figure: filtersFigure(filters.dense, 'Weights of the first layer after training'),
    },
    {
      paragraphs: [
        'The same units after pruning: the border, where digits have no ink, is the first to go, and some units may go with it.',
      ],
      heading: 'What is left of it',
      figure: filtersFigure(filters.pruned, 'Weights of the first layer after pruning'),
    },
    {
      heading: 'How the weights spread',
      paragraphs: ['Training makes the curve wider at its foot: few weights go far, most stay near where they began.'],
      figure: beforeAndAfter(story),
    },
    {
      heading: 'The same, epoch by epoch',
      paragraphs: [
        'Time runs downward. Look for the row where pruning begins: the middle empties, and what it sets to zero gathers in one bright line.',
      ],
      figure: weightsFigure(firstEpochsOf(story.history)),
    },
    {
      heading: 'How far each layer went',
      paragraphs: [
        'A distance of 1 is as far from the start as the start was from zero. Look which layer goes farthest.',
      ],
      figure: movement(story),
    },
    {
      heading: 'Gradients',
      paragraphs: [
        'Each line is a layer. Lines that stay within a factor of a hundred of each other are healthy; one that falls to nothing is a layer that no longer learns.',
      ],
      figure: gradients(story),
    },
    {
      heading: 'Condition numbers',
      paragraphs: [
        'The largest singular value over the smallest: how unequally a layer treats its inputs. Training usually makes it grow.',
      ],
      figure: conditions(story),
    },
    {
      heading: 'Pruning',
      paragraphs: [
        `Kernel weights of the smallest magnitude over all layers together were set to zero on a cubic schedule while training went on, until ${share} of all parameters were zero. Look how much less is taken from the small last layers than from the large first one.`,
      ],
      figure: sparsities(story),
    },
    {
      heading: 'How this was made',
      paragraphs: [
        `${commandOf(options)}`,
        `${versions()}, backend ${backend}. The same command with the same versions gives the same numbers.`,
        'Weights and gradients were recorded by @weightkit/weight-metrics before training and after each epoch.',
      ],
    },
  ];
  return report(sections, {
    title: 'A network for MNIST in a few kilobytes',
    intro: [
      `A 784-64-32-32-10 network, initialized by ${options.initializer} from seed ${options.seed}, trained on ${options.train.toLocaleString('en-US')} training digits of MNIST on the ${backend} backend, pruned, quantized to ${options.bits} bits, saved, and reloaded by plain TensorFlow.js. Accuracies are on the ${test.count.toLocaleString('en-US')} test digits.`,
      'MNIST: Y. LeCun, C. Cortes, C. Burges, CC BY-SA 3.0.',
    ],
  });
}
