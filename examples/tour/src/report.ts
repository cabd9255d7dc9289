import { type Figure, histogramChart, layerChart, lineChart, type ReportSection, report } from '@weightkit/viz';
import type { WatchHistory, WeightRecord } from '@weightkit/weight-metrics';
import type { Stage } from './measure.ts';
import type { TourOptions } from './options.ts';
import { epochsOf as firstEpochsOf, sizesFigure, weightsFigure } from './pictures.ts';
import { tableOf } from './table.ts';
import type { EpochResult } from './train.ts';

/** All that the tour has seen. */
export interface Story {
  options: TourOptions;
  backend: string;
  stages: readonly Stage[];
  dense: readonly EpochResult[];
  tuned: readonly EpochResult[];
  history: WatchHistory;
}

const FIRST = 'input/kernel';

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
        y: epochs.map((weights) => weights[path]!.fromStart.relative),
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

/** One HTML page that tells what the tour did. */
export function reportOf(story: Story): string {
  const { options, backend, stages } = story;
  const sections: ReportSection[] = [
    {
      heading: 'Result',
      figure: sizesFigure(stages),
      table: tableOf(stages),
    },
    { heading: 'Training', figure: curves(story) },
    {
      heading: 'What the weights did',
      paragraphs: ['Recorded by @weightkit/weight-metrics before training and after each epoch.'],
      figure: [
        beforeAndAfter(story),
        weightsFigure(firstEpochsOf(story.history)),
        movement(story),
        gradients(story),
        conditions(story),
      ],
    },
    {
      heading: 'Pruning',
      paragraphs: [
        `Kernel weights of the smallest magnitude over all layers together were set to zero on a cubic schedule while training went on, until ${(100 * options.sparsity).toFixed(1)} % of all parameters were zero.`,
      ],
      figure: sparsities(story),
    },
  ];
  return report(sections, {
    title: 'A network for MNIST in a few kilobytes',
    intro: [
      `A 784-64-32-32-10 network, initialized by ${options.initializer} from seed ${options.seed}, trained on the 60,000 training digits of MNIST on the ${backend} back end, pruned, quantized to ${options.bits} bits, saved, and reloaded by plain TensorFlow.js. Accuracies are on the 10,000 test digits.`,
      'MNIST: Y. LeCun, C. Cortes, C. Burges, CC BY-SA 3.0.',
    ],
  });
}
