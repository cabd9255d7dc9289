import type { Figures } from '@weightkit/lesson';
import { type Figure, heatmap, layerChart, lineChart, networkGraph } from '@weightkit/viz';
import type { Params, Result } from './experiment.ts';
import { JUDGE, type Scores } from './explain.ts';
import { netInUnits } from './network.ts';

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
/** A number with as many digits as mean something. */
export const short = (value: number): string => String(Number(value.toPrecision(3))).replace('-', '−');
const chance = (value: number): string => value.toFixed(3);

/** What one method says. */
export const scoresOf = ({ scores }: Pick<Result, 'scores'>, method: Scores['method']): Scores =>
  scores.find((one) => one.method === method)!;
/** The share of the random numbers. */
export const randomOf = (result: Pick<Result, 'scores'>, method: Scores['method']): number =>
  scoresOf(result, method).shares.at(-1)!;

/** What is explained, in words. */
export const explainedOf = ({ task, kind }: Pick<Params, 'task' | 'kind'>): string => (task === 'XOR' ? 'XOR' : kind);

/** The inputs' names; the one in another unit says so. */
const namesOf = ({ inputs, measured }: Result, { factor }: Params): string[] =>
  inputs.map((name, i) => (i === measured && factor !== 1 ? `${name} × ${short(factor)}` : name));

/** Which input has how much of the importance, by each method. */
function methods(result: Result, params: Params): Figure {
  const { scores } = result;
  const names = namesOf(result, params);
  const told = scores.map(
    ({ method, shares }) => `${method}: ${shares.map((share, i) => `${names[i]} ${percent(share)}`).join(', ')}`,
  );
  return heatmap(
    {
      values: scores.map(({ shares }) => shares.map((share) => Number((100 * share).toPrecision(2)))),
      rows: scores.map(({ method }) => method.replace('integrated', 'int.')),
      columns: names,
    },
    {
      title: `The random numbers: ${percent(randomOf(result, '|weights|'))} of the weights, ${percent(randomOf(result, JUDGE))} by shuffling`,
      description: `Shares of each input in % for the output ${explainedOf(params)}, by five methods and the judge. ${told.join('. ')}.`,
      scheme: 'diverging',
      domain: [0, 60],
      height: 360,
    },
  );
}

/** The network in the reader's unit. */
function network(result: Result, params: Params): Figure {
  const { net, outputs, measured } = result;
  const own = netInUnits(net, measured, params.factor);
  const rowsOf = (values: Float32Array, columns: number) =>
    Array.from({ length: values.length / columns }, (_, i) => values.slice(i * columns, (i + 1) * columns));
  const names = namesOf(result, params);
  return networkGraph(
    {
      layers: [
        { name: 'inputs', units: names.map((name) => ({ name })) },
        { name: 'hidden', units: net.units },
        { name: 'output', units: outputs.map((name) => ({ name })) },
      ],
      weights: [rowsOf(own.hidden, net.units), rowsOf(own.out, net.outputs)],
    },
    {
      title: 'The weights that |weights|, Garson and Olden look at',
      description: `${names.length} inputs, ${net.units} hidden units and ${outputs.length === 1 ? 'one output' : `${outputs.length} outputs`}. Wide lines are large weights.`,
    },
  );
}

const exampleOf = ({ example }: Params, { label }: Result): string => `test example ${example}, ${label}`;

/** The parts of one example by both methods of gradients. */
function one(result: Result, params: Params): Figure {
  const { one } = result;
  const names = namesOf(result, params);
  const sum = one.integratedGradients.reduce((total, part) => total + part, 0);
  const said = `${chance(one.saysOfBaseline)} for the baseline and ${chance(one.says)} here`;
  return layerChart(
    {
      layers: names.map((name, i) => ({
        name,
        values: {
          'integrated gradients': Number(chance(one.integratedGradients[i]!)),
          'gradient × input': Number(chance(one.gradientTimesInput[i]!)),
        },
      })),
    },
    {
      title: `The chance of ${explainedOf(params)}: ${chance(one.saysOfBaseline)} for the baseline, ${chance(one.says)} here`,
      description:
        `Parts of each input for ${exampleOf(params, result)}. The network says ${said}; integrated gradients add up to ` +
        `${chance(sum)}, the gradient times the input to ${chance(one.gradientTimesInput.reduce((total, part) => total + part, 0))}.`,
      xLabel: `part of the chance of ${explainedOf(params)}`,
    },
  );
}

/** What each input has added on the way from the baseline to the example. */
function way(result: Result, params: Params): Figure {
  const { way, saysOfBaseline, says } = result.one;
  const names = namesOf(result, params);
  const x = way.map((_, k) => (100 * k) / (way.length - 1));
  const sums = way.map((parts) => parts.reduce((total, part) => total + part, 0));
  return lineChart(
    {
      series: [
        ...names.map((name, i) => ({ name, x, y: way.map((parts) => parts[i]!) })),
        { name: 'all together', x, y: sums },
      ],
    },
    {
      title: 'What each input has added on the way from the baseline',
      description:
        `From the baseline, where the network says ${chance(saysOfBaseline)}, to ${exampleOf(params, result)}, where it says ${chance(says)}: ` +
        'what each input has added at each place of the way, and all together.',
      xLabel: 'way from the baseline to the example, %',
      yLabel: 'added',
    },
  );
}

/** What is lost by shuffling an input, and by a training that never had it. */
function lost(result: Result, params: Params): Figure {
  const { shuffled, retrained, accuracy } = result;
  const points = (share: number) => Number((100 * share).toFixed(1));
  const told = result.inputs.map((name, i) => {
    const again = retrained ? `, trained without it ${percent(retrained[i]!)}` : '';
    return `${name}: shuffled ${percent(accuracy - shuffled.lost[i]!)}${again}`;
  });
  return layerChart(
    {
      layers: result.inputs.map((name, i) => ({
        name,
        values: {
          shuffled: points(accuracy - shuffled.lost[i]!),
          ...(retrained ? { 'trained without it': points(retrained[i]!) } : {}),
        },
      })),
    },
    {
      title: `Without an input: test accuracy, ${percent(accuracy)} with all`,
      description: `Test accuracy of ${params.task} when an input is shuffled, and of a network that was trained without it. ${told.join('; ')}.`,
      xLabel: 'test accuracy, %',
      xDomain: [0, 100],
    },
  );
}

/** The methods side by side, the network, one example, its way from the baseline, and what is lost without an input. */
export function figures(result: Result, params: Params): Figures {
  return {
    methods: methods(result, params),
    network: network(result, params),
    one: one(result, params),
    lost: lost(result, params),
    way: way(result, params),
  };
}
