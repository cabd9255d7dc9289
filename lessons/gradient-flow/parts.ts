import { type Claim, type MeanInterval, type Measured, markdownTable, meanInterval } from '@weightkit/lesson';
import { NETS, type NetName } from './experiment.ts';
import { DEPTHS, type Row } from './measure.ts';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What was measured of one network, where it could be said. */
const valuesOf = (rows: readonly Row[], net: NetName, of: 'first' | 'last' | 'explained' | 'ends'): number[] =>
  rows.flatMap((row) => row.nets[net][of] ?? []);

/** A mean of factors, by their logarithms, with its 95 % interval. */
export function meanFactor(factors: readonly number[]): MeanInterval {
  const { mean, low, high } = meanInterval(factors.map(Math.log));
  return { mean: Math.exp(mean), low: Math.exp(low), high: Math.exp(high) };
}

const factorText = ({ mean, low, high }: MeanInterval): string =>
  `×${mean.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
const powersText = ({ mean, low, high }: MeanInterval): string =>
  `${mean.toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)})`.replaceAll('-0.0', '0.0').replaceAll('-', '−');

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const training = rows.filter(({ what }) => what === 'training');
  const seeds = training.length;
  const byNet = NETS.map((net) => {
    const accuracies = training.map((row) => row.nets[net].accuracy);
    return [
      net,
      factorText(meanFactor(valuesOf(training, net, 'first'))),
      factorText(meanFactor(valuesOf(training, net, 'last'))),
      mean(valuesOf(training, net, 'explained')).toFixed(3),
      `${percent(mean(accuracies))} (${percent(Math.min(...accuracies))} to ${percent(Math.max(...accuracies))})`,
    ];
  });
  const byDepth = DEPTHS.map((depth) => {
    const own = rows.filter((row) => row.what === 'first step' && row.depth === depth);
    return [String(depth), ...NETS.map((net) => powersText(meanInterval(valuesOf(own, net, 'ends').map(Math.log10))))];
  });
  return {
    seeds: String(seeds),
    factor: meanFactor(valuesOf(training, 'sigmoid', 'first')).mean.toFixed(1),
    nets: markdownTable(
      ['network', 'from layer to layer, first step', 'last step', 'explained by the line', 'test accuracy'],
      byNet,
    ),
    depths: markdownTable(['layers', ...NETS], byDepth),
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const training = rows.filter(({ what }) => what === 'training');
  const seeds = training.length;
  const factor = (net: NetName) => meanFactor(valuesOf(training, net, 'first'));
  const [sigmoid, shortcuts] = [factor('sigmoid'), factor('sigmoid with shortcuts')];
  const text = ({ low, high }: MeanInterval) => `×${low.toFixed(2)} to ×${high.toFixed(2)}`;
  return [
    {
      claim: 'In ten sigmoid layers gradients fall geometrically, from the last layer to the first.',
      effect: `×${sigmoid.mean.toFixed(2)} from layer to layer; a straight line explains ${percent(mean(valuesOf(training, 'sigmoid', 'explained')))} of the variance of the logarithms`,
      interval: text(sigmoid),
      seeds,
      tested:
        'in the sigmoid net the fall over depth is geometric, with shortcuts and with ReLU there is hardly any: six seeds',
    },
    {
      claim: 'With shortcuts around the same layers they hardly do.',
      effect: `×${shortcuts.mean.toFixed(2)} from layer to layer`,
      interval: text(shortcuts),
      seeds,
      tested:
        'in the sigmoid net the fall over depth is geometric, with shortcuts and with ReLU there is hardly any: six seeds',
    },
  ];
}
