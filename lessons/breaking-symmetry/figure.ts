import type { Figures } from '@weightkit/lesson';
import { layerChart, lineChart } from '@weightkit/viz';
import type { Moment, Params, Result } from './experiment.ts';

export const epochText = (epoch: number): string => `epoch ${Number(epoch.toFixed(1))}`;

/** What numbers span, a little widened where they are all the same. */
function span(values: readonly number[]): [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return most > least ? [least, most] : [least - 0.01, most + 0.01];
}

/** How different the units are, how one weight of each goes, how well the network learns, and what moved: up to a moment. */
export function figures({ moments: all, moved }: Result, { task, units, epochs }: Params, moment?: number): Figures {
  const moments = all.slice(0, (moment ?? all.length - 1) + 1);
  const last = moments.at(-1)!;
  const x = moments.map(({ epoch }) => epoch);
  // The axes stay while the reader goes from moment to moment.
  const axis = { xLabel: 'epoch', xDomain: [0, epochs] } as const;
  const lines = (names: string[], pick: (moment: Moment, name: string) => number) => ({
    series: names.map((name) => ({ name, x, y: moments.map((moment) => pick(moment, name)) })),
  });
  const layers = Object.keys(last.spread);
  const traces = Array.from({ length: units }, (_, unit) => ({
    name: `unit ${unit + 1}`,
    x,
    y: moments.map((moment) => moment.traces[unit]!),
  }));
  return {
    different: lineChart(
      lines(layers, (moment, layer) => moment.different[layer]!),
      { ...axis, title: 'How many hidden units are different', yLabel: `of ${units} in a layer`, yDomain: [0, units] },
    ),
    traces: lineChart(
      { series: traces },
      {
        ...axis,
        title: 'One weight of every unit of the first layer',
        description: `The weight from one input to each of the ${units} units, up to ${epochText(last.epoch)}. Equal units have one line. There: ${last.traces
          .map((weight) => weight.toPrecision(3))
          .join(', ')}.`,
        yLabel: 'weight',
        yDomain: span(all.flatMap(({ traces }) => traces)),
      },
    ),
    learning:
      task === 'digits'
        ? lineChart(
            lines(['test digits'], ({ accuracy }) => 100 * accuracy),
            { ...axis, title: 'Test accuracy', yLabel: 'per cent', yDomain: [0, 100] },
          )
        : lineChart(
            lines(['all points'], ({ loss }) => loss),
            { ...axis, title: 'Loss', yLabel: 'mean squared error', yDomain: span(all.map(({ loss }) => loss)) },
          ),
    moved: layerChart(
      { layers: Object.entries(moved).map(([name, change]) => ({ name, values: { change } })) },
      { title: 'How far each weight moved from its start', xLabel: 'largest change of an entry' },
    ),
  };
}
