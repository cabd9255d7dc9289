import { type Figure, layerChart, lineChart } from '@weightkit/viz';
import type { Moment, Params, Result } from './experiment.ts';

const layersOf = ({ moments }: Result): string[] => Object.keys(moments[0]!.spread);

/** How different the units are, how one weight of each goes, how well the network learns, and what moved. */
export function figures(result: Result, { task, units }: Params): Figure[] {
  const { moments, moved } = result;
  const x = moments.map(({ epoch }) => epoch);
  const lines = (names: string[], pick: (moment: Moment, name: string) => number) => ({
    series: names.map((name) => ({ name, x, y: moments.map((moment) => pick(moment, name)) })),
  });
  const traces = Array.from({ length: units }, (_, unit) => ({
    name: `unit ${unit + 1}`,
    x,
    y: moments.map((moment) => moment.traces[unit]!),
  }));
  return [
    lineChart(
      lines(layersOf(result), (moment, layer) => moment.different[layer]!),
      {
        title: 'How many hidden units are different',
        xLabel: 'epoch',
        yLabel: `of ${units} in a layer`,
        yDomain: [0, units],
      },
    ),
    lineChart(
      { series: traces },
      {
        title: 'One weight of every unit of the first layer',
        description: `The weight from one input to each of the ${units} units. Equal units have one line. At the end: ${moments
          .at(-1)!
          .traces.map((weight) => weight.toPrecision(3))
          .join(', ')}.`,
        xLabel: 'epoch',
        yLabel: 'weight',
      },
    ),
    task === 'digits'
      ? lineChart(
          lines(['test digits'], ({ accuracy }) => 100 * accuracy),
          { title: 'Digits named rightly', xLabel: 'epoch', yLabel: 'per cent', yDomain: [0, 100] },
        )
      : lineChart(
          lines(['all points'], ({ loss }) => loss),
          { title: 'Loss', xLabel: 'epoch', yLabel: 'mean squared error' },
        ),
    layerChart(
      { layers: Object.entries(moved).map(([name, change]) => ({ name, values: { change } })) },
      { title: 'How far each weight moved from its start', xLabel: 'largest change of an entry' },
    ),
  ];
}
