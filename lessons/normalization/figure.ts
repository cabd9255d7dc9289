import type { Figures } from '@weightkit/lesson';
import { type Figure, lineChart } from '@weightkit/viz';
import type { NetRun, Norm, Params, Result } from './experiment.ts';

/** What a network is called. */
export const called = (norm: Norm): string => (norm === 'nothing' ? 'no normalization' : norm);

/** `9.9e-6`, `0.55`, `119`, `1.0e5`. */
export function sizeText(value: number): string {
  if (!Number.isFinite(value)) return 'no number';
  if (value === 0 || (value >= 0.001 && value < 10_000)) return String(Number(value.toPrecision(2)));
  const [digits, exponent] = value.toExponential(1).split('e');
  return `${Number(digits)}e${Number(exponent)}`;
}

export const scaleText = (scale: number): string => `×${Number(scale.toPrecision(3))}`;
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const drawn = (value: number): number | null => (value > 0 && Number.isFinite(value) ? value : null);
const lastOf = ({ signal }: NetRun): number => signal.at(-1)!;

/** What each layer gives at the first step, in the three networks. */
function signal({ nets }: Result, { scale }: Params): Figure {
  const [plain, batch] = nets;
  const depth = plain!.signal.length;
  return lineChart(
    {
      series: nets.map(({ norm, signal }) => ({
        name: called(norm),
        x: signal.map((_, l) => l + 1),
        y: signal.map(drawn),
      })),
    },
    {
      title: `First weights ${scaleText(scale)}: the last layer gives ${sizeText(lastOf(plain!))}, with batch norm ${sizeText(lastOf(batch!))}`,
      description:
        `The standard deviation of what each of ${depth} hidden layers gives at the first step, on a log axis. Behind the last one it is ` +
        `${nets.map((net) => `${sizeText(lastOf(net))} with ${called(net.norm)}`).join(', ')}.`,
      xLabel: 'layer, 1 is next to the input',
      yLabel: 'std of what it gives',
      yScale: 'log',
      height: 400,
    },
  );
}

/** How they learn. */
function training({ nets }: Result, { scale }: Params): Figure {
  const ends = nets.map(({ norm, losses, accuracy }) => {
    const right = Number.isFinite(accuracy) ? `, ${percent(accuracy)} of the test digits right` : '';
    return `${called(norm)}: ${sizeText(losses.at(-1)!)} in the end${right}`;
  });
  const [plain, batch] = nets.map(({ accuracy }) => accuracy);
  const told = Number.isFinite(plain) ? `: ${percent(plain!)} right, with batch norm ${percent(batch!)}` : '';
  return lineChart(
    {
      series: nets.map(({ norm, losses }) => ({
        name: called(norm),
        x: losses.map((_, step) => step + 1),
        y: losses.map(drawn),
      })),
    },
    {
      title: `Trained from ${scaleText(scale)}${told}`,
      description: `Training loss by step, on a log axis; guessing has ln 10 = 2.30. ${ends.join('; ')}.`,
      xLabel: 'step',
      yLabel: 'loss',
      yScale: 'log',
    },
  );
}

/** One kernel in four forms, by its singular values. */
function spectra({ spectra: forms }: Result, { scale }: Params): Figure {
  const told = forms.map(
    ({ form, values, lengths: [least, most] }) =>
      `${form}: largest ${sizeText(values[0]!)}, units of length ${sizeText(least)} to ${sizeText(most)}`,
  );
  const figure = lineChart(
    { series: forms.map(({ form, values }) => ({ name: form, x: values.map((_, i) => i + 1), y: values.map(drawn) })) },
    {
      title: `The kernel of layer 2, drawn ${scaleText(scale)}, and what is made of it`,
      description: `The singular values of one kernel, largest first, on a log axis. ${told.join('; ')}.`,
      xLabel: 'number of the singular value',
      yLabel: 'singular value',
      yScale: 'log',
    },
  );
  const rows = forms.map(({ form, values, lengths, mean }) => [
    form,
    ...[values[0]!, ...lengths, mean].map((value) => Number(value.toPrecision(4))),
  ]);
  const columns = ['form', 'largest singular value', 'shortest unit', 'longest unit', 'largest |mean| of a unit'];
  return { ...figure, table: { columns, rows } };
}

/** The signal at the first step, training if there was any, and the forms of one kernel. */
export function figures(result: Result, params: Params): Figures {
  const isTrained = result.nets.every(({ losses }) => losses.length > 0);
  return {
    signal: signal(result, params),
    ...(isTrained ? { training: training(result, params) } : {}),
    ...(result.spectra.length > 0 ? { spectra: spectra(result, params) } : {}),
  };
}
