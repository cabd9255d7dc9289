import type { Figures } from '@weightkit/lesson';
import { type Figure, heatmap, layerChart, lineChart, ridgeline, smallMultiples } from '@weightkit/viz';
import { FROM_WARD, layersOf, placeText } from './cases.ts';
import type { NetRun, Params, Result, Spread } from './experiment.ts';
import { isDiagnosed, isMended } from './judge.ts';
import { namedBy } from './named.ts';

export const percent = (share: number): string =>
  Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : 'no share';

/** `1.3e-5`, `0.14`, `12`. */
export function sizeText(value: number): string {
  if (!Number.isFinite(value)) return 'no number';
  if (value === 0 || (Math.abs(value) >= 0.001 && Math.abs(value) < 10_000))
    return String(Number(value.toPrecision(2)));
  const [digits, exponent] = value.toExponential(1).split('e');
  return `${Number(digits)}e${Number(exponent)}`;
}

export const whoText = ({ patient, plant }: Pick<Params, 'patient' | 'plant'>): string =>
  plant === FROM_WARD ? `Patient ${patient}` : `Planted: ${plant}`;

/** The networks of a run by what they are called, the patient first. */
const netsOf = ({ patient, twin, treated }: Result): { name: string; net: NetRun }[] => [
  { name: 'patient', net: patient },
  { name: 'healthy twin', net: twin },
  ...(treated ? [{ name: 'after treatment', net: treated }] : []),
];

/** On a log axis: what is 0 or no number has no place there. */
const drawn = (value: number): number | null => (value > 0 && Number.isFinite(value) ? value : null);
const cell = (value: number): number | string => (Number.isFinite(value) ? Number(value.toPrecision(4)) : 'no number');

const AT = ['input', '1', '2', '3', '4', '5', 'output'] as const;
const nameAt = (i: number): string => (i === 0 || i === AT.length - 1 ? `the ${AT[i]}` : `layer ${AT[i]}`);

/** Which of a list of sizes are 0, and which are no numbers, in words. */
function oddText(values: readonly number[], first: number): string {
  const those = (is: (value: number) => boolean) =>
    values.flatMap((value, i) => (is(value) ? [nameAt(i + first)] : []));
  const [zero, bad] = [those((value) => value === 0), those((value) => !Number.isFinite(value))];
  return [
    ...(zero.length ? [`0 in ${zero.join(', ')}`] : []),
    ...(bad.length ? [`no number in ${bad.join(', ')}`] : []),
  ].join('; ');
}

/** The gradients of the first step. */
const firstGradients = ({ moments }: NetRun): number[] => moments[0]?.gradients ?? [];

/** A size of each layer in all networks; what has no place on the log axis stands in the title. */
function byLayer(result: Result, what: string, pick: (net: NetRun) => number[], first: number): Figure {
  const nets = netsOf(result);
  const odd = oddText(pick(result.patient), first);
  return lineChart(
    {
      series: nets.map(({ name, net }) => ({
        name,
        x: pick(net).map((_, i) => i + first),
        y: pick(net).map(drawn),
      })),
    },
    {
      title: odd === '' ? what : `${what}: ${odd}`,
      xLabel: 'layer; 0: input, 6: output',
      yLabel: 'std',
      yScale: 'log',
      height: 212,
    },
  );
}

const signals = ({ signals }: NetRun): number[] => signals.map(({ std }) => std);

/** How signals and gradients go through each network, in words. */
export function sizes(result: Result): string[] {
  return netsOf(result).map(({ name, net }) => {
    const odd = oddText(signals(net), 0);
    const ends = [signals(net), firstGradients(net)].map((all) =>
      [all[0] ?? Number.NaN, all.at(-1) ?? Number.NaN].map(sizeText).join(' to '),
    );
    return `${name} before training: what layers give goes from ${ends[0]} at the input to the output${odd ? ` (${odd})` : ''}, the gradients are ${ends[1]} from layer 1 to the output`;
  });
}

/** Tools 1 and 2, side by side. */
function tools(result: Result, params: Params): Figure {
  const halves = [
    byLayer(result, '1 · What each layer gives', signals, 0),
    byLayer(result, '2 · Gradients, first step', firstGradients, 1),
  ];
  const told = sizes(result);
  const figure = smallMultiples(
    { figures: halves },
    {
      title: `${whoText(params)}, ${result.case.activation === 'relu' ? 'ReLU' : 'tanh'}, beside its healthy twin`,
      description: `Standard deviations by layer before training, on log axes. ${told.join('. ')}.`,
      columns: 2,
    },
  );
  const rows = netsOf(result).flatMap(({ name, net }) =>
    net.signals.map(({ mean, std, ends }, i) => [
      name,
      AT[i]!,
      cell(mean),
      cell(std),
      cell(100 * ends),
      i === 0 ? '' : cell(firstGradients(net)[i - 1] ?? Number.NaN),
    ]),
  );
  return {
    ...figure,
    table: { columns: ['network', 'layer', 'mean', 'std', 'at an end, %', 'std of the gradient'], rows },
  };
}

/** Tool 3: the kernels before and after. */
function weights({ patient }: Result): Figure {
  const ridges = patient.before.flatMap((before, i) => {
    const of = (when: string, { edges, counts, nonFinite }: Spread) => ({
      name: `${AT[i + 1]} ${when}`,
      edges,
      counts,
      nonFinite,
    });
    const after = patient.after[i];
    return [of('before', before), ...(after ? [of('after', after)] : [])];
  });
  const told = patient.before.map(({ std }, i) => {
    const after = patient.after[i];
    return `${nameAt(i + 1)} ${sizeText(std)}${after ? ` and ${sizeText(after.std)}` : ''}`;
  });
  const figure = ridgeline(
    { ridges },
    {
      title: '3 · Weights of the patient, before and after training',
      description: `A histogram of each kernel. Standard deviations before and after: ${told.join('; ')}.`,
    },
  );
  const rows = patient.before.map(({ mean, std }, i) => {
    const [inputs, outputs] = [i === 0 ? 784 : 48, i === 5 ? 10 : 48];
    const after = patient.after[i];
    return [
      AT[i + 1]!,
      inputs,
      outputs,
      cell(mean),
      cell(std),
      cell(std ** 2 * inputs),
      cell(std ** 2 * outputs),
      ...(after ? [cell(after.mean), cell(after.std)] : ['', '']),
    ];
  });
  const columns = [
    'layer',
    'inputs',
    'outputs',
    'mean before',
    'std before',
    'variance × inputs',
    'variance × outputs',
    'mean after',
    'std after',
  ];
  return { ...figure, table: { columns, rows } };
}

/** Tool 4: the loss. */
function curves(result: Result): Figure {
  const nets = netsOf(result);
  const told = nets.map(({ name, net }) => {
    const last = net.losses.at(-1);
    return `${name} ${last === undefined ? 'not trained yet' : sizeText(last)}, ${percent(net.accuracy)} of the test digits`;
  });
  // Beyond this one sees no difference.
  const most = 6;
  return lineChart(
    {
      series: nets.map(({ name, net }) => ({
        name,
        x: net.losses.map((_, i) => i + 1),
        y: net.losses.map((loss) => (Number.isFinite(loss) ? Math.min(most, loss) : null)),
      })),
    },
    {
      title: '4 · Training curves',
      description: `Training loss by step, drawn up to ${most}; guessing has ln 10 = 2.30. In the end: ${told.join('; ')}.`,
      xLabel: 'step',
      yLabel: 'loss',
      yDomain: [0, most],
    },
  );
}

/** The gradients of the patient while it trains. */
function flow({ patient }: Result): Figure {
  const { moments } = patient;
  const layers = AT.slice(1);
  const told = layers.map(
    (name, i) =>
      `${name} ${sizeText(moments[0]?.gradients[i] ?? Number.NaN)} and ${sizeText(moments.at(-1)?.gradients[i] ?? Number.NaN)}`,
  );
  return lineChart(
    {
      series: layers.map((name, i) => ({
        name: i < 5 ? `layer ${name}` : name,
        x: moments.map(({ step }) => step),
        y: moments.map(({ gradients }) => drawn(gradients[i]!)),
      })),
    },
    {
      title: '2 · Gradients of the patient while it trains',
      description: `Standard deviation of the gradient of each kernel by step, on a log axis; what is 0 is not drawn. By layer at the first step and the last: ${told.join('; ')}.`,
      xLabel: 'step',
      yLabel: 'std of the gradient',
      yScale: 'log',
    },
  );
}

/** How much of what the hidden layers give stands at an end. */
function ends(result: Result): Figure {
  const { activation } = result.case;
  const what = activation === 'relu' ? 'is 0' : 'is beyond ±0.99';
  const hidden = [1, 2, 3, 4, 5];
  const layers = hidden.map((i) => ({
    name: `layer ${i}`,
    values: Object.fromEntries(
      netsOf(result).map(({ name, net }) => [name, Number((100 * net.signals[i]!.ends).toFixed(1))]),
    ),
  }));
  const told = layers.map(({ name, values }) => `${name} ${Object.values(values).join(', ')}`);
  return layerChart(
    { layers },
    {
      title: `1 · How much of what layers give ${what}`,
      description: `Share in percent by hidden layer, for ${netsOf(result)
        .map(({ name }) => name)
        .join(', ')}: ${told.join('; ')}.`,
      xLabel: 'share, %',
      xDomain: [0, 100],
    },
  );
}

/** The layer whose weights are shown one by one. */
export const shownLayer = ({ where }: Pick<Params, 'where'>): number => layersOf(where)[0] ?? 2;

/** A corner of a kernel. */
function matrix({ patient }: Result, params: Params): Figure {
  const layer = shownLayer(params);
  const values = patient.corners[layer - 1]!;
  const most = Math.max(1e-12, ...values.flat().map(Math.abs));
  const [first] = values;
  const isSame = values.every((row) => row.every((value) => value === row[0]));
  return heatmap(
    { values, rows: values.map(() => ''), columns: first!.map(() => '') },
    {
      title: `Some weights of layer ${layer}, one by one`,
      description: `The weights from ${values.length} inputs, a row each, to the first ${first!.length} units of layer ${layer}, a column each; the largest is ${sizeText(most)}. ${isSame ? 'In each row all are the same.' : 'The columns differ.'}`,
      scheme: 'diverging',
      domain: [-most, most],
      cellText: false,
      height: 330,
    },
  );
}

/** What came of the treatment, in words. */
function cameOut(result: Result): string {
  const { treated, twin } = result;
  if (!treated) return isMended(result) ? 'needs none' : 'not given';
  return `${isMended(result) ? 'mended' : 'not mended'}: ${percent(treated.accuracy)}, healthy twin ${percent(twin.accuracy)}`;
}

const WHERE = ['1', '2', '3', '4', '5'] as const;

/** What was planted, what the reader says and what `doctor` says. */
function verdict(result: Result, params: Params): Figure {
  const { diagnosis, where, cure } = params;
  const said = isDiagnosed(params);
  const told = namedBy(result.findings);
  const hidden = { cause: '…', layers: [] as number[] };
  const lines = [
    { who: 'planted', ...(said ? result.case : hidden) },
    { who: 'you', cause: said ? diagnosis : 'not yet', layers: said ? layersOf(where) : [] },
    { who: 'doctor', ...(said ? told : hidden) },
  ];
  const values = lines.map(({ layers }) => WHERE.map((_, i) => (layers.includes(i + 1) ? 1 : 0)));
  const text = ({ who, cause, layers }: (typeof lines)[number]) =>
    `${who}: ${cause}${said ? `, ${placeText(layers)}` : ''}`;
  const figure = heatmap(
    { values, rows: lines.map(({ who }) => who), columns: WHERE.map((name) => `layer ${name}`) },
    {
      title: said
        ? `${whoText(params)} has: ${text(lines[0]!).slice('planted: '.length)}`
        : 'Say first what it is, and where',
      description: said
        ? `The layers that are named. ${lines.map(text).join('; ')}.`
        : 'What was planted and what doctor says stands here once you have named a cause and a place.',
      scheme: 'diverging',
      domain: [0, 1],
      cellText: false,
      height: 200,
    },
  );
  const rows: (string | number)[][] = lines.map(({ who, cause, layers }) => [
    who,
    cause,
    said ? placeText(layers) : '…',
    '',
  ]);
  if (said) rows.push(['treatment', cure, where, cameOut(result)]);
  return { ...figure, table: { columns: ['who', 'what', 'where', 'what came of it'], rows } };
}

/** The slide's four tools, what they do not show, and the diagnoses. */
export function figures(result: Result, params: Params): Figures {
  return {
    tools: tools(result, params),
    weights: weights(result),
    curves: curves(result),
    matrix: matrix(result, params),
    verdict: verdict(result, params),
    flow: flow(result),
    ends: ends(result),
  };
}
