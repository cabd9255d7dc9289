import { layerChart, type ReportSection, report, ridgeline } from '@weightkit/viz';
import type { ReportData } from '../commands/report.ts';
import { bytesText, numberText, plural, shapeText, shareText } from '../output/numbers.ts';

type Summary = ReportData['summaries'][number];

/** What figures show of a tensor; null where it has none. */
export type DrawnTensor = Pick<Summary, 'name' | 'dtype' | 'shape' | 'bytes' | 'std' | 'spectralNorm' | 'stableRank'>;

/** A chart of one number of each tensor that has it. */
function chartOf(
  summaries: readonly DrawnTensor[],
  title: string,
  label: string,
  of: (summary: DrawnTensor) => number | null,
) {
  const layers = summaries.flatMap((summary) => {
    const value = of(summary);
    return value === null || !Number.isFinite(value) ? [] : [{ name: summary.name, values: { [label]: value } }];
  });
  return layers.length > 0 ? [layerChart({ layers }, { title })] : [];
}

const isKernel = ({ dtype, shape }: DrawnTensor): boolean => /^b?float/.test(dtype) && shape.length >= 2;

const share = (count: number, of: number): string => (of === 0 ? '-' : shareText(count / of));

function tableOf(summaries: readonly Summary[]) {
  return {
    columns: ['name', 'shape', 'dtype', 'parameters', 'bytes', 'zeros', 'min', 'max', 'mean', 'std'],
    rows: summaries.map(({ name, shape, dtype, parameters, bytes, zeros, min, max, mean, std }) => [
      name,
      shapeText(shape),
      dtype,
      parameters,
      bytes,
      share(zeros, parameters),
      ...[min, max, mean, std].map(numberText),
    ]),
  };
}

/** Figures of a model under their headings: where its bytes are, values and spectra of kernels. */
export function figureSections(tensors: readonly DrawnTensor[], histograms: ReportData['histograms']): ReportSection[] {
  const kernels = tensors.filter(isKernel);
  const ridges = histograms
    .filter(({ skipped, counts }) => skipped === null && counts.some((count) => count > 0))
    .map(({ name, counts, edges, nonFinite }) => ({ name, counts, edges, nonFinite }));
  return [
    {
      heading: 'Where the bytes are',
      figure: chartOf(tensors, 'Bytes of each tensor, as stored', 'bytes', ({ bytes }) => bytes),
    },
    ...(ridges.length > 0
      ? [
          {
            heading: 'Values',
            figure: [
              ridgeline({ ridges }, { title: 'Values of each kernel' }),
              ...chartOf(kernels, 'Spread of each kernel', 'std', ({ std }) => std),
            ],
          },
        ]
      : []),
    ...(kernels.some(({ stableRank }) => stableRank !== null)
      ? [
          {
            heading: 'Spectra',
            paragraphs: [
              'A kernel is read as the matrix whose columns are its last axis. The stable rank is its squared Frobenius norm by its squared largest singular value.',
            ],
            figure: [
              ...chartOf(
                kernels,
                'Largest singular value of each kernel',
                'largest singular value',
                ({ spectralNorm }) => spectralNorm,
              ),
              ...chartOf(kernels, 'Stable rank of each kernel', 'stable rank', ({ stableRank }) => stableRank),
            ],
          },
        ]
      : []),
  ];
}

function sectionsOf({ summaries, histograms, findings }: ReportData): ReportSection[] {
  return [
    {
      heading: 'What was found',
      paragraphs: findings.length === 0 ? ['No NaN, no infinity, no tensor of one value, none stored twice.'] : [],
      ...(findings.length > 0
        ? {
            table: {
              columns: ['where', 'severity', 'kind', 'what'],
              rows: findings.map(({ where, severity, kind, message }) => [where, severity, kind, message]),
            },
          }
        : {}),
    },
    ...figureSections(summaries, histograms),
    { heading: 'Every tensor', table: tableOf(summaries) },
  ];
}

/** A report as one HTML page that needs nothing from outside. */
export function reportPage(title: string, format: string, data: ReportData): string {
  const { summaries } = data;
  const parameters = summaries.reduce((sum, one) => sum + one.parameters, 0);
  const bytes = summaries.reduce((sum, one) => sum + one.bytes, 0);
  const intro = `${format}: ${plural(summaries.length, 'tensor')}, ${plural(parameters, 'parameter')}, ${bytesText(bytes)} of weights.`;
  return report(sectionsOf(data), { title, intro });
}
