import type { Figures } from '@weightkit/lesson';
import { type Figure, heatmap, layerChart, lineChart } from '@weightkit/viz';
import { endOf, type Method, type MethodRun, type Params, type Result } from './experiment.ts';
import { LAYERS } from './network.ts';

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
export const runOf = ({ methods }: Pick<Result, 'methods'>, method: Method): MethodRun | undefined =>
  methods.find((run) => run.method === method);

/** The slide's way to freeze, in figures where it would lie on the line of the frozen base. */
const TRAP: Method = 'trainable = false';

const endsText = (runs: readonly MethodRun[]): string =>
  runs.map((run) => `${run.method} ${percent(endOf(run))}`).join(', ');

/** How each method learns, step by step. */
function curves(result: Result, { examples, steps }: Params, moment: number): Figure {
  const runs = result.methods.filter(({ method }) => method !== TRAP);
  const shown = runs.map((run) => ({ ...run, moments: run.moments.slice(0, moment + 1) }));
  const [frozen, scratch] = (['frozen', 'from scratch'] as const).map((method) => runOf({ methods: shown }, method));
  const told = frozen && scratch ? `: frozen ${percent(endOf(frozen))}, from scratch ${percent(endOf(scratch))}` : '';
  // What comes after the first steps fills the height.
  const late = runs.flatMap(({ moments }) => moments.slice(Math.floor(moments.length / 3)));
  const lowest = 100 * Math.min(...late.map(({ accuracy }) => accuracy));
  return lineChart(
    {
      series: shown.map(({ method, moments }) => ({
        name: method,
        x: moments.map(({ step }) => step),
        y: moments.map(({ accuracy }) => 100 * accuracy),
      })),
    },
    {
      title: `${examples} examples of 5 to 9${told}`,
      description: `Test accuracy on unseen digits 5 to 9 by training step, after ${examples} examples of them. In the end: ${endsText(shown)}.`,
      xLabel: 'step',
      yLabel: 'test accuracy on 5 to 9, %',
      xDomain: [0, steps],
      yDomain: [Math.max(0, 10 * Math.floor(lowest / 10 - 1)), 100],
      height: 400,
    },
  );
}

/** How far the layers of each base went. */
function moved({ methods }: Result): Figure {
  const still = methods.filter(({ base }) => base.changed === 0).map(({ method }) => method);
  return heatmap(
    {
      values: methods.map((run) => LAYERS.map((layer) => Number((100 * run.moved[layer]).toPrecision(2)))),
      rows: methods.map(({ method }) => method),
      columns: [...LAYERS],
    },
    {
      title: 'How far the base moved, in % of its weights’ size',
      description:
        'The distance of each layer’s weights from where they began, in percent of their size, for each method; statistics of batch norm count. ' +
        `${still.length > 0 ? `No bit of the base has changed in the end with: ${still.join(', ')}.` : 'In all of them bits have changed.'}`,
      scheme: 'diverging',
      domain: [0, 60],
      height: 340,
    },
  );
}

/** What the new digits gained, and what the old ones lost. */
function both(result: Result): Figure {
  const { base, methods } = result;
  const share = (value: number) => Number((100 * value).toFixed(1));
  return layerChart(
    {
      layers: [
        { name: 'before', values: { 'old digits, old head': share(base) } },
        ...methods.map((run) => ({
          name: run.method,
          values: {
            'new digits': share(endOf(run)),
            ...(run.old === null ? {} : { 'old digits, old head': share(run.old) }),
          },
        })),
      ],
    },
    {
      title: 'The new digits, and the old ones with the old head',
      description: `Test accuracy in percent. The base had ${percent(base)} of the old digits right before. New digits: ${endsText(methods)}. Old digits with the old head on the base as it is now: ${methods
        .flatMap(({ method, old }) => (old === null ? [] : [`${method} ${percent(old)}`]))
        .join(', ')}.`,
      xLabel: 'test accuracy, %',
      xDomain: [0, 100],
    },
  );
}

/** How each method learns, what moved, and what became of both tasks. */
export function figures(result: Result, params: Params, moment = Number.POSITIVE_INFINITY): Figures {
  return { curves: curves(result, params, moment), moved: moved(result), both: both(result) };
}
