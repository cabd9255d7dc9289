import { type Claim, type MeanInterval, type Measured, markdownTable, meanInterval } from '@weightkit/lesson';
import { type Planned, plan, totalOf } from '../what-a-weight-is/sizes.ts';
import type { Optimizer } from './experiment.ts';
import { BASE, MANY, type Row } from './measure.ts';
import { STARTS, type Start, stackOf } from './network.ts';
import type { Network } from './stacks.ts';

const rowsOf = (rows: readonly Row[], optimizer: Optimizer, images: number = BASE.images): Row[] =>
  rows.filter((row) => row.optimizer === optimizer && row.images === images);
/** Validation accuracies in percent after so many epochs, seed by seed. */
export const accuraciesOf = (rows: readonly Row[], name: Start, epoch: number): number[] =>
  rows.map(({ accuracies }) => 100 * accuracies[STARTS.indexOf(name)]![epoch]!);
const ahead = (rows: readonly Row[], one: Start, other: Start, epoch: number): MeanInterval => {
  const others = accuraciesOf(rows, other, epoch);
  return meanInterval(accuraciesOf(rows, one, epoch).map((value, i) => value - others[i]!));
};

const minus = (text: string): string => text.replaceAll('-', '−');
const points = ({ mean }: MeanInterval): string => minus(mean.toFixed(1));
const range = ({ low, high }: MeanInterval): string => minus(`${low.toFixed(1)} to ${high.toFixed(1)}`);
const told = (gain: MeanInterval): string => `${points(gain)} points (${range(gain)})`;
const withHalf = ({ mean, high }: MeanInterval): string => `${mean.toFixed(1)} ± ${(high - mean).toFixed(1)}`;
const signed = (gain: MeanInterval): string => `${gain.mean > 0 ? '+' : ''}${points(gain)} (${range(gain)})`;

/** The layers of a slide's network on images of CIFAR-10. */
export const planOf = (network: Network): Planned[] => plan(stackOf(network, [32, 32, 3]));

const shape = (sizes: readonly number[]): string => sizes.join(' × ');

/** Every layer with what it gives and its weights in both libraries. */
function shapesOf(network: Network): string {
  const layers = planOf(network);
  const torchGives = ({ to: { kind, sizes } }: Planned) =>
    shape(kind === 'image' ? [sizes[2]!, sizes[0]!, sizes[1]!] : sizes);
  return markdownTable(
    ['layer', 'gives, TensorFlow.js', 'gives, PyTorch', 'kernel, TensorFlow.js', 'weight, PyTorch', 'parameters'],
    [
      ...layers.map((layer) => [
        layer.label,
        shape(layer.to.sizes),
        torchGives(layer),
        layer.tfjs[0] ? shape(layer.tfjs[0].shape) : '',
        layer.torch[0] ? shape(layer.torch[0].shape) : '',
        layer.count.toLocaleString('en-US'),
      ]),
      ['all', '', '', '', '', totalOf(layers).toLocaleString('en-US')],
    ],
  );
}

/** Standard deviations that the laws give to the kernels of a slide's network. */
function lawsOf(network: Network): string {
  const std = (value: number) => value.toFixed(3);
  return markdownTable(
    ['layer', 'fan-in', 'fan-out', 'glorot_uniform', 'he_normal', 'random_normal', 'random_normal to he_normal'],
    planOf(network).flatMap((layer) => {
      const [kernel] = layer.tfjs;
      if (!kernel) return [];
      const field = kernel.shape.slice(0, -2).reduce((product, size) => product * size, 1);
      const [inputs, units] = kernel.shape.slice(-2) as [number, number];
      const [fanIn, fanOut] = [field * inputs, field * units];
      const he = Math.sqrt(2 / fanIn);
      return [
        [
          layer.label,
          String(fanIn),
          String(fanOut),
          std(Math.sqrt(2 / (fanIn + fanOut))),
          std(he),
          std(BASE.std),
          (BASE.std / he).toFixed(2),
        ],
      ];
    }),
  );
}

/** The parts of the page that state what was measured, and those that follow from the networks. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const [adam, sgd, many] = [rowsOf(rows, 'Adam'), rowsOf(rows, 'SGD'), rowsOf(rows, 'Adam', MANY)];
  const last = BASE.epochs;
  const settings = [
    ['Adam', BASE.images, adam],
    ['Adam', MANY, many],
    ['SGD', BASE.images, sgd],
  ] as const;
  return {
    seeds: String(adam.length),
    'seeds-many': String(many.length),
    first: told(ahead(adam, 'he_normal', 'random_normal', 1)),
    behind: told(ahead(adam, 'he_normal', 'random_normal', last)),
    'he-glorot': told(ahead(adam, 'he_normal', 'glorot_uniform', last)),
    'many-he-glorot': told(ahead(many, 'he_normal', 'glorot_uniform', last)),
    'many-behind': told(ahead(many, 'he_normal', 'random_normal', last)),
    'sgd-he-glorot': told(ahead(sgd, 'he_normal', 'glorot_uniform', last)),
    'sgd-random': withHalf(meanInterval(accuraciesOf(sgd, 'random_normal', last))),
    right: withHalf(meanInterval(accuraciesOf(adam, 'glorot_uniform', last))),
    wrong: withHalf(meanInterval(adam.map(({ wrong }) => 100 * wrong))),
    accuracies: markdownTable(
      ['optimizer', 'images', 'epoch', 'seeds', ...STARTS],
      settings.flatMap(([optimizer, images, own]) =>
        [1, 2, last].map((epoch) => [
          optimizer,
          String(images),
          String(epoch),
          String(own.length),
          ...STARTS.map((name) => withHalf(meanInterval(accuraciesOf(own, name, epoch)))),
        ]),
      ),
    ),
    ahead: markdownTable(
      ['optimizer', 'images', 'epoch', 'he_normal to glorot_uniform', 'he_normal to random_normal'],
      settings.flatMap(([optimizer, images, own]) =>
        [1, 2, last].map((epoch) => [
          optimizer,
          String(images),
          String(epoch),
          signed(ahead(own, 'he_normal', 'glorot_uniform', epoch)),
          signed(ahead(own, 'he_normal', 'random_normal', epoch)),
        ]),
      ),
    ),
    'shapes-10': shapesOf('slide 10'),
    'shapes-13': shapesOf('slide 13'),
    laws: lawsOf('slide 10'),
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const [adam, sgd] = [rowsOf(rows, 'Adam'), rowsOf(rows, 'SGD')];
  const last = BASE.epochs;
  const first = ahead(adam, 'he_normal', 'random_normal', 1);
  const he = ahead(adam, 'he_normal', 'glorot_uniform', last);
  const bySgd = ahead(sgd, 'he_normal', 'glorot_uniform', last);
  const stuck = ahead(sgd, 'he_normal', 'random_normal', last);
  const lost = meanInterval(adam.map(({ accuracies, wrong }) => 100 * (accuracies[0]![last]! - wrong)));
  return [
    {
      claim: 'After one epoch of Adam random_normal, with a std of 0.05, is far behind he_normal.',
      effect: `${points(first)} points of validation accuracy`,
      interval: `${range(first)} points, paired`,
      seeds: adam.length,
      tested: 'random_normal is far behind after one epoch, and still behind after five',
    },
    {
      claim: 'After five epochs of Adam he_normal and glorot_uniform are within a few points of each other.',
      effect: `he_normal ${points(he)} points ahead`,
      interval: `${range(he)} points, paired`,
      seeds: adam.length,
      tested: 'he_normal and glorot_uniform end close to each other with Adam',
    },
    {
      claim: 'With SGD the start decides: he_normal is ahead of glorot_uniform after five epochs.',
      effect: `${points(bySgd)} points of validation accuracy`,
      interval: `${range(bySgd)} points, paired`,
      seeds: sgd.length,
      tested: 'with SGD he_normal is ahead of glorot_uniform, and random_normal learns nothing',
    },
    {
      claim: 'With SGD random_normal has learned nothing in the time in which he_normal has learned most digits.',
      effect: `${points(stuck)} points behind`,
      interval: `${range(stuck)} points, paired`,
      seeds: sgd.length,
      tested: 'with SGD he_normal is ahead of glorot_uniform, and random_normal learns nothing',
    },
    {
      claim:
        'A dense kernel whose rows are taken in PyTorch’s order without being put in that of TensorFlow.js is of little use.',
      effect: `${points(lost)} points of validation accuracy lost`,
      interval: `${range(lost)} points, paired`,
      seeds: adam.length,
      tested: 'the other order of rows costs most of the accuracy',
    },
    {
      claim: 'The networks of both slides have the shapes and as many numbers as TensorFlow.js and PyTorch count.',
      effect: (['slide 13', 'slide 10'] as const)
        .map((network) => `${totalOf(planOf(network)).toLocaleString('en-US')} of ${network}`)
        .join(', '),
      interval: 'exact',
      seeds: 1,
      tested: 'the networks of the slides have the shapes and the numbers that TensorFlow.js and PyTorch count',
    },
  ];
}
