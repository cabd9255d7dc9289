import { type Claim, type Measured, meanInterval } from '@weightkit/lesson';
import type { Row, Setting } from './measure.ts';

const count = (value: number): string => value.toLocaleString('en-US');
const whole = (value: number): string => count(Math.round(value));
const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** Units of the network's layers, from the pixels on. */
export const UNITS = [784, 64, 32, 32, 10];

/** The parts of the page that state what was measured, or follow from the network. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const full = (setting: Setting) => rows.filter((row) => row.setting === setting && row.images === 20_000);
  const width = (setting: Setting, layer: number) =>
    mean(full(setting).map(({ widened }) => widened[layer]!)).toFixed(1);
  const { condition } = full('notebook').find(({ seed }) => seed === 1)!;
  const layers = UNITS.slice(1).map((units, i) => [UNITS[i]!, units] as const);
  const wrong = (setting: Setting) => 100 * (1 - mean(full(setting).map(({ testAccuracy }) => testAccuracy)));
  return {
    parameters: count(layers.reduce((sum, [inputs, units]) => sum + inputs * units + units, 0)),
    bounds: layers.map(([inputs]) => `±${(1 / Math.sqrt(inputs)).toFixed(3)}`).join(', '),
    entries: count(layers[0]![0] * layers[0]![1]),
    condition:
      `with seed 1 it is ${whole(condition.start)} at the start, ` +
      `${whole(condition.most)} after epoch ${condition.mostAt} and ${whole(condition.end)} at the end`,
    widths: `${width('notebook', 0)} times against ${width('notebook', 3)}`,
    'widths without dropout': `${width('no dropout', 0)} times against ${width('no dropout', 3)}`,
    'width of output': width('notebook', 3),
    'wrong with bytes': `${wrong('pixels 0 to 255').toFixed(1)} % of the test images are wrong in place of ${wrong('notebook').toFixed(1)} %`,
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const notebook = rows.filter((row) => row.setting === 'notebook' && row.images === 20_000);
  const accuracy = meanInterval(notebook.map(({ testAccuracy }) => testAccuracy));
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const wider = meanInterval(notebook.map(({ widened }) => widened[3]! / widened[0]!));
  const rises = notebook.map(({ distance }) => distance.rises);
  const full = (setting: Setting) => rows.filter((row) => row.setting === setting && row.images === 20_000);
  const [bytes, free] = [full('pixels 0 to 255'), full('no dropout')];
  /** How many times as much a kernel has widened in one setting as in the other, seed by seed. */
  const times = (some: readonly Row[], others: readonly Row[], layer: number) =>
    meanInterval(some.map(({ widened }, i) => widened[layer]! / others[i]!.widened[layer]!));
  const factor = ({ low, high }: { low: number; high: number }) => `${low.toFixed(2)} to ${high.toFixed(2)}`;
  const [first, last] = [times(bytes, notebook, 0), times(bytes, notebook, 3)];
  const [freed, freedLast] = [times(notebook, free, 0), times(notebook, free, 3)];
  const restless = notebook.map(({ condition }) => condition.rises);
  return [
    {
      claim: 'The notebook’s network classifies the digits after 60 epochs.',
      effect: `test accuracy ${percent(accuracy.mean)}`,
      interval: `${percent(accuracy.low)} to ${percent(accuracy.high)}`,
      seeds: notebook.length,
      tested:
        'comes out as the page shows it; the input layer moves farther in epoch 60 than in epoch 20, where the loss falls faster',
    },
    {
      claim: 'All kernels become wider while they learn, the output layer most.',
      effect: `it widens ${wider.mean.toFixed(2)} times as much as the input layer`,
      interval: `${wider.low.toFixed(2)} to ${wider.high.toFixed(2)} times`,
      seeds: notebook.length,
      tested: 'say for exercise 1 that the input layer widens least and the output layer most',
    },
    {
      claim: 'How far the input layer moves in an epoch does not fall steadily.',
      effect: `in 60 epochs it is ${meanInterval(rises).mean.toFixed(1)} times larger than in the epoch before`,
      interval: `${Math.min(...rises)} to ${Math.max(...rises)} times, least and most`,
      seeds: notebook.length,
      tested: 'the distance of the input layer to the epoch before is not monotone',
    },
    {
      claim: 'The condition number of the square kernel goes up and down, and the kernel never has a zero.',
      effect: `in 60 epochs it rises ${meanInterval(restless).mean.toFixed(1)} times, with ${Math.max(...notebook.map(({ zeros }) => zeros))} zeros in all kernels at the end`,
      interval: `${Math.min(...restless)} to ${Math.max(...restless)} times, least and most`,
      seeds: notebook.length,
      tested: 'the condition number of the square kernel goes up and down without a single zero in it',
    },
    {
      claim:
        'With pixels from 0 to 255 the first kernel widens more than with pixels from 0 to 1, and the last far less.',
      effect: `the first ${first.mean.toFixed(2)} times as much, the last ${last.mean.toFixed(2)} times`,
      interval: `${factor(first)} and ${factor(last)} times, paired`,
      seeds: bytes.length,
      tested: 'say for exercise 2 that bytes as inputs widen the first layer more, at once, and the others hardly',
    },
    {
      claim: 'With dropout all kernels end wider.',
      effect: `the first ${freed.mean.toFixed(2)} times as wide as without, the last ${freedLast.mean.toFixed(2)} times`,
      interval: `${factor(freed)} and ${factor(freedLast)} times, paired`,
      seeds: free.length,
      tested: 'say for exercise 3 that with dropout all kernels end wider and the last epoch moves the first more',
    },
  ];
}
