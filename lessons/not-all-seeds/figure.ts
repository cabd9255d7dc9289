import { type Figures, wilson } from '@weightkit/lesson';
import { type Figure, filterGrid, heatmap, layerChart, lineChart, networkGraph } from '@weightkit/viz';
import { byHand } from './by-hand.ts';
import {
  INPUTS,
  LAWS,
  type Law,
  layout,
  type Moment,
  type Outcome,
  type Params,
  type Result,
  TARGETS,
} from './experiment.ts';

const SIDE = 12;
/** From 0 to 1 along an edge of a map; from the top down for the second input. */
const PLACES = Array.from({ length: SIDE }, (_, i) => i / (SIDE - 1));

const failures = (outcomes: readonly Outcome[]) => outcomes.filter(({ learned }) => learned === null).length;
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** The network to follow: the one that was asked for, or the first that fails, or the last to learn. */
export function followed({ outcomes }: Result, { law, follow, nets }: Params): number {
  if (follow > 0) return Math.min(follow, nets) - 1;
  const all = outcomes[law];
  const first = all.findIndex(({ learned }) => learned === null);
  if (first >= 0) return first;
  return all.reduce((last, { learned }, i) => (learned! > all[last]!.learned! ? i : last), 0);
}

/** What each network answers all over the square, blue above ½. */
function maps({ outcomes }: Result, moment: Moment, { law, hidden, steps }: Params): Figure {
  const all = outcomes[law];
  const rows = [...PLACES].reverse();
  // The network runs fastest, as the filters of a kernel do.
  const values = rows.flatMap((x1) =>
    PLACES.flatMap((x0) =>
      moment.weights.map((weights) => Math.min(1, Math.max(0, byHand(weights, hidden, [x0, x1]).answer))),
    ),
  );
  const learned = all.map((one) => one.learned !== null && one.learned <= moment.step);
  const count = learned.filter(Boolean).length;
  const rest = moment.step >= steps ? 'failed' : 'not yet';
  const figure = filterGrid(
    {
      values,
      shape: [SIDE, SIDE, 1, all.length],
      names: all.map(({ seed }) => String(seed)),
      groups: { names: ['learned', rest], of: learned.map((one) => (one ? 0 : 1)) },
    },
    {
      title: `Step ${moment.step}: ${count} of ${all.length} have learned XOR`,
      description:
        `A square for each network that started from ${law}, with its seed below: its answer for all inputs from (0, 0) at the lower left to (1, 1) ` +
        `at the upper right, blue above one half, orange below. XOR is blue at two opposite corners. Green frames: learned, ${count}; pink: ${all.length - count}.`,
      color: 'diverging',
      domain: [0, 1],
    },
  );
  const columns = ['seed', 'learned at step', 'loss', ...INPUTS.map((x) => `answer (${x.join(', ')})`)];
  const table = all.map(({ seed, learned }, i) => [
    seed,
    learned ?? 'not',
    moment.losses[i]!,
    ...INPUTS.map((x) => byHand(moment.weights[i]!, hidden, x).answer),
  ]);
  return { ...figure, table: { columns, rows: table } };
}

/** The share that failed by law, with its interval. */
function rates({ outcomes }: Result, { steps }: Params): Figure {
  const laws = Object.keys(LAWS) as Law[];
  const told = laws.map((law) => {
    const [failed, count] = [failures(outcomes[law]), outcomes[law].length];
    return { law, failed, count, share: failed / count, ...wilson(failed, count) };
  });
  return layerChart(
    {
      layers: told.map(({ law, share, low, high }) => ({
        name: law,
        values: { 'at least': 100 * low, failed: 100 * share, 'at most': 100 * high },
      })),
    },
    {
      title: 'How consistent? The share that failed, with its 95 % interval',
      description: `Per cent of the networks of each law that have not learned XOR in ${steps} steps: ${told
        .map(
          ({ law, failed, count, low, high }) => `${law} ${failed} of ${count} (${percent(low)} to ${percent(high)})`,
        )
        .join(', ')}.`,
      xLabel: 'per cent',
      xDomain: [0, 100],
      mark: 'dot',
    },
  );
}

/** Parts of the time axis. */
const PARTS = 100;

/** How many have learned by each step. */
function speed({ outcomes }: Result, { steps }: Params): Figure {
  const series = (Object.keys(LAWS) as Law[]).map((law) => {
    const all = outcomes[law];
    const places = Array.from({ length: PARTS + 1 }, (_, i) => Math.round((i * steps) / PARTS));
    const by = (step: number) => all.filter(({ learned }) => learned !== null && learned <= step).length;
    return { name: law, x: places, y: places.map((step) => (100 * by(step)) / all.length) };
  });
  return lineChart(
    { series },
    {
      title: 'How much of an advantage? The share that has learned, by step',
      description: `Per cent of the networks of each law that have learned XOR by a step, up to ${steps}: in the end ${series
        .map(({ name, y }) => `${name} ${y.at(-1)!.toFixed(0)} %`)
        .join(', ')}.`,
      xLabel: 'step',
      yLabel: 'per cent',
      xDomain: [0, steps],
      yDomain: [0, 100],
    },
  );
}

/** The followed network, with its weights. */
function network(result: Result, moment: Moment, params: Params): Figure {
  const { hidden, law } = params;
  const i = followed(result, params);
  const [weights, at] = [moment.weights[i]!, layout(hidden)];
  const units = Array.from({ length: hidden }, (_, unit) => unit);
  return networkGraph(
    {
      layers: [
        { name: 'input', units: [{ name: 'x0' }, { name: 'x1' }] },
        { name: 'hidden', units: units.map((unit) => ({ name: `h${unit}`, bias: weights[at.bias(unit)]! })) },
        { name: 'output', units: [{ name: 'y', bias: weights[at.outputBias]! }] },
      ],
      weights: [
        [0, 1].map((from) => units.map((unit) => weights[at.input(from, unit)]!)),
        units.map((unit) => [weights[at.output(unit)]!]),
      ],
    },
    { title: `Seed ${result.outcomes[law][i]!.seed} at step ${moment.step}`, height: 330 },
  );
}

/** The followed network for its four inputs, by hand. */
function sums(result: Result, moment: Moment, params: Params): Figure {
  const { hidden, law } = params;
  const i = followed(result, params);
  const computed = INPUTS.map((x) => byHand(moment.weights[i]!, hidden, x));
  const shown = Math.min(hidden, 4);
  const names = Array.from({ length: shown }, (_, unit) => `h${unit}`);
  const values = computed.map(({ units, answer }, k) =>
    [...units.slice(0, shown).map(({ output }) => output), answer, TARGETS[k]!].map((value) =>
      Number(value.toFixed(3)),
    ),
  );
  const told = computed.map(({ answer }, k) => `(${INPUTS[k]!.join(', ')}) ${answer.toFixed(2)}, wanted ${TARGETS[k]}`);
  return heatmap(
    { values, rows: INPUTS.map((x) => `(${x.join(', ')})`), columns: [...names, 'answer', 'wanted'] },
    {
      title: `Seed ${result.outcomes[law][i]!.seed} by hand: hidden units and answers`,
      description: `What the hidden units of the followed network give for each input, its answer and the wanted one: ${told.join('; ')}.`,
      cellText: true,
      height: 300,
    },
  );
}

/** The networks at a moment, how many fail by law, how soon the others learn, and one of them by hand. */
export function figures(result: Result, params: Params, at?: number): Figures {
  const moment = result.moments[at ?? result.moments.length - 1]!;
  return {
    maps: maps(result, moment, params),
    rates: rates(result, params),
    speed: speed(result, params),
    network: network(result, moment, params),
    sums: sums(result, moment, params),
  };
}
