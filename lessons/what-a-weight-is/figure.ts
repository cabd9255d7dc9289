import type { Figures } from '@weightkit/lesson';
import { type Figure, heatmap, layerChart, type ShapeMatrix, shapeChart } from '@weightkit/viz';
import type { Params } from './experiment.ts';
import { byHand, exampleOf } from './product.ts';
import { countText, type Planned, plan, type Shape, torchTotalOf, totalOf } from './sizes.ts';
import { type Flow, flowOf, readStack, valuesIn } from './stack.ts';

type Convention = Params['convention'];

/** What flows in, as a matrix beside the first kernel. */
function inputMatrix({ kind, sizes }: Flow, convention: Convention): ShapeMatrix {
  const common = { kind: 'input', name: 'input' };
  if (kind === 'image') {
    const [rows, width, channels] = sizes;
    return { ...common, rows, columns: width * channels, columnParts: channels, note: sizes.join(' × ') };
  }
  const [length] = sizes;
  const note = kind === 'words' ? `${length} words` : countText(length);
  return convention === 'PyTorch'
    ? { ...common, rows: length, columns: 1, note }
    : { ...common, rows: 1, columns: length, note };
}

function matrixOf({ name: layer }: Planned, { name, shape, rows, columns, rowParts, columnParts }: Shape): ShapeMatrix {
  const count = shape.reduce((all, size) => all * size, 1);
  const note = shape.length === 1 ? countText(count) : `${shape.join(' × ')} = ${countText(count)}`;
  const kind = shape.length === 1 ? 'bias' : 'weights';
  return { name: `${layer}/${name}`, rows, columns, rowParts, columnParts, note, kind };
}

/** Every matrix at one scale. */
function stackFigure(planned: readonly Planned[], input: Flow, convention: Convention): Figure {
  const weights = planned.flatMap((one) =>
    (convention === 'PyTorch' ? one.torch : one.tfjs).map((shape) => matrixOf(one, shape)),
  );
  const total = convention === 'PyTorch' ? torchTotalOf(planned) : totalOf(planned);
  const figure = shapeChart(
    { matrices: [inputMatrix(input, convention), ...weights] },
    {
      title: `${countText(total)} parameters, as ${convention} keeps them`,
      description:
        `${weights.length} arrays of ${planned.length} layers at one scale, ${countText(total)} parameters: ` +
        `${weights.map(({ name, note }) => `${name} ${note}`).join('; ') || 'none'}.`,
    },
  );
  const rows = planned.flatMap((one) =>
    one.tfjs.map((shape, i) => [
      one.name,
      shape.name,
      shape.shape.join(' × '),
      one.torch[i]!.name,
      one.torch[i]!.shape.join(' × '),
      shape.shape.reduce((all, size) => all * size, 1),
    ]),
  );
  const columns = ['layer', 'TensorFlow.js', 'shape', 'PyTorch', 'shape there', 'numbers'];
  return {
    ...figure,
    table: { columns, rows: [['input', '', input.sizes.join(' × '), '', '', valuesIn(input)], ...rows] },
  };
}

/** Parameters of each layer by both libraries. */
function countsFigure(planned: readonly Planned[]): Figure {
  const layers = planned.map(({ name, count, torchCount }) => ({
    name,
    values: { 'TensorFlow.js': count, PyTorch: torchCount },
  }));
  const none = [{ name: 'no layer', values: { 'TensorFlow.js': 0, PyTorch: 0 } }];
  const most = [...planned].sort((a, b) => b.count - a.count)[0];
  const share = most ? Math.round((100 * most.count) / Math.max(1, totalOf(planned))) : 0;
  return layerChart(
    { layers: layers.length > 0 ? layers : none },
    {
      title: most && most.count > 0 ? `${most.name} has ${share} % of all parameters` : 'No layer has parameters',
      xLabel: 'parameters',
    },
  );
}

/** What flows between the layers. */
function flowFigure(planned: readonly Planned[], input: Flow): Figure {
  const layers = [
    { name: 'input', values: { numbers: valuesIn(input) } },
    ...planned.map(({ name, to }) => ({ name: `${name}: ${to.sizes.join(' × ')}`, values: { numbers: valuesIn(to) } })),
  ];
  return layerChart({ layers }, { title: 'How many numbers each layer gives', xLabel: 'numbers' });
}

/** The kernel of the layer by hand, as its convention keeps it. */
function productFigure({ seed, inputs, outputs, convention }: Params): Figure {
  const example = exampleOf(seed, inputs, outputs);
  const torch = convention === 'PyTorch';
  const turned = example.x.map((_, input) => example.weights.map((row) => row[input]!));
  const names = (letter: string, count: number) => Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);
  const y = byHand(example).map((sum) => sum.y.toFixed(2));
  return heatmap(
    {
      values: torch ? example.weights : turned,
      rows: torch ? names('y', outputs) : names('x', inputs),
      columns: torch ? names('x', inputs) : names('y', outputs),
    },
    {
      title: torch
        ? 'The weights of a layer, a row for each output'
        : 'The weights of a layer, a column for each output',
      description:
        `${inputs * outputs} weights from ${inputs} inputs to ${outputs} outputs. With the input ` +
        `(${example.x.join(', ')}) and the bias (${example.bias.join(', ')}) they give (${y.join(', ')}).`.replaceAll(
          '-',
          '−',
        ),
      xLabel: torch ? 'input' : 'output',
      scheme: 'diverging',
      domain: [-1, 1],
      cellText: true,
      height: 150 + 40 * (torch ? outputs : inputs),
    },
  );
}

/** The figures of a stack. All of it follows by rule; the experiment asks TensorFlow.js whether the rule is right. */
export function figures(params: Params): Figures {
  const { stack } = readStack(params.stack);
  const planned = plan(stack);
  const input = flowOf(stack.input);
  return {
    stack: stackFigure(planned, input, params.convention),
    counts: countsFigure(planned),
    product: productFigure(params),
    flow: flowFigure(planned, input),
  };
}
