import type { Figures } from '@weightkit/lesson';
import { type Figure, heatmap, layerChart, lineChart, networkGraph } from '@weightkit/viz';
import { type Moment, type Net, type Params, type Result, type Start, WATCHED } from './experiment.ts';

export const epochText = (epoch: number): string => `epoch ${Number(epoch.toFixed(1))}`;

/** Pixels that a row of the main figure is high. */
const ROW = 14;
const IN_WORDS: Record<Start, string> = { zeros: 'from zeros', constant: 'from a constant', random: 'from random' };

/** What numbers span, a little widened where they are all the same. */
function span(values: readonly number[]): [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return most > least ? [least, most] : [least - 0.01, most + 0.01];
}

const inputName = (task: Params['task'], input: number): string =>
  task === 'digits' ? `pixel ${Math.floor(input / 28)}, ${input % 28}` : `x${input + 1}`;

/** Names for the rows of one network: its start and what is counted, from its first row on. */
function rowNames({ start }: Net, { different, seen }: Moment, units: number): string[] {
  const lines = [`${start}:`, `${different.first} distinct`, units === 1 ? 'of 1 unit' : `of ${units} units`];
  return seen.map((_, row) => lines[row] ?? '');
}

/** The weights of each unit of the first layer as a column, the networks below each other. */
function units(nets: readonly Net[], now: readonly Moment[], { task, units }: Params): Figure {
  const all = nets.flatMap(({ moments }) => moments.flatMap(({ seen }) => seen.flat()));
  // Half of the largest: else the few largest take the color from all others.
  const most = all.reduce((most, weight) => Math.max(most, Math.abs(weight)), 2e-3) / 2;
  const inputs = task === 'digits' ? `${WATCHED.digits.length} pixels` : 'the five inputs';
  const counts = nets.map(({ start }, i) => `${now[i]!.different.first} of ${units} ${IN_WORDS[start]}`);
  const values = now.flatMap(({ seen }) => seen);
  const figure = heatmap(
    { values, rows: nets.flatMap((net, i) => rowNames(net, now[i]!, units)) },
    {
      title: 'Weights of the first layer: each column is a unit',
      description:
        `Each column is a unit, each row its weights from one of ${inputs}. Columns that look the same are equal units. ` +
        `${epochText(now[0]!.epoch).replace('e', 'E')}, distinct units: ${counts.join(', ')}.`,
      xLabel: 'unit',
      scheme: 'diverging',
      domain: [-most, most],
      cellText: false,
      // With room for a title of two lines.
      height: 142 + ROW * values.length,
    },
  );
  const columns = ['start', 'input', ...Array.from({ length: units }, (_, unit) => `unit ${unit}`)];
  const rows = nets.flatMap(({ start }, i) =>
    now[i]!.seen.map((weights, k) => [start, inputName(task, WATCHED[task][k]!), ...weights]),
  );
  return { ...figure, table: { columns, rows } };
}

const width = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);

/** A network with its equal units in one color. */
function graph({ start }: Net, { seen, biases, kernels }: Moment, { task }: Params): Figure {
  const kernelOf = (name: string) => kernels[name] ?? seen;
  const inputs = WATCHED[task].map((input) => ({ name: inputName(task, input) }));
  const layers = Object.entries(biases).map(([name, all]) => {
    // Where kernels are different already biases need no room.
    const told = name !== 'output' && width(all) > 1e-4 && kernelOf(name).every((row) => width(row) <= 1e-4);
    const outputs = name === 'output' && task === 'digits';
    return {
      name,
      units: all.map((bias, unit) => ({ ...(told && { bias }), ...(outputs && { name: String(unit) }) })),
    };
  });
  return networkGraph(
    {
      layers: [{ name: 'input', units: inputs }, ...layers],
      weights: [seen, ...Object.values(kernels)],
    },
    { title: `The network ${IN_WORDS[start]}: equal units have one color`, equal: 'units', tolerance: 1e-4 },
  );
}

/** The units of each network, how different they are, how well it learns and what moved: up to a moment. */
export function figures({ nets }: Result, params: Params, moment?: number): Figures {
  const { task, epochs } = params;
  const upTo = nets.map(({ moments }) => moments.slice(0, (moment ?? moments.length - 1) + 1));
  const now = upTo.map((moments) => moments.at(-1)!);
  // The axes stay while the reader goes from moment to moment.
  const axis = { xLabel: 'epoch', xDomain: [0, epochs] } as const;
  const lines = (pick: (moment: Moment) => number) => ({
    series: nets.map(({ start }, i) => ({
      name: IN_WORDS[start],
      x: upTo[i]!.map(({ epoch }) => epoch),
      y: upTo[i]!.map(pick),
    })),
  });
  const drawn = Math.max(
    0,
    nets.findIndex(({ start }) => start === 'constant'),
  );
  const paths = Object.keys(nets[0]!.moved);
  const bars = (valuesOf: (net: Net, name: string, i: number) => number, names: readonly string[]) => ({
    layers: names.map((name) => ({
      name,
      values: Object.fromEntries(nets.map((net, i) => [IN_WORDS[net.start], valuesOf(net, name, i)])),
    })),
  });
  return {
    units: units(nets, now, params),
    network: graph(nets[drawn]!, now[drawn]!, params),
    learning:
      task === 'digits'
        ? lineChart(
            lines(({ accuracy }) => 100 * accuracy),
            { ...axis, title: 'Test accuracy', yLabel: 'per cent', yDomain: [0, 100] },
          )
        : lineChart(
            lines(({ loss }) => loss),
            {
              ...axis,
              title: 'Loss',
              yLabel: 'mean squared error',
              yDomain: span(nets.flatMap(({ moments }) => moments.map(({ loss }) => loss))),
            },
          ),
    moved: layerChart(
      bars(({ moved }, path) => moved[path]!, paths),
      {
        title: 'How far each weight moved from its start',
        xLabel: 'largest change of an entry',
      },
    ),
    different: layerChart(
      bars((_, layer, i) => now[i]!.different[layer]!, Object.keys(now[0]!.different)),
      { title: 'How many distinct units a layer has', xLabel: `units, of ${params.units}` },
    ),
  };
}
