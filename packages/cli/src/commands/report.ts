import type { Checkpoint } from '@weightkit/checkpoint';
import { histograms, summarize, type TensorHistogram, type TensorSummary } from '@weightkit/weight-metrics/checkpoint';
import { checkValues } from './check-values.ts';
import type { Finding } from './finding.ts';

/** What a report draws. */
export interface ReportData {
  readonly summaries: readonly TensorSummary[];
  /** Of float tensors of two axes or more. */
  readonly histograms: readonly TensorHistogram[];
  readonly findings: readonly Finding[];
}

/** What listens to a report. */
export interface ReportOptions {
  readonly onProgress?: (tensor: string, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const READINGS = 3;

/**
 * Everything that a report draws of a checkpoint: moments and spectra of every tensor, histograms of kernels, findings.
 *
 * @param checkpoint - borrowed
 */
export async function reportData(
  checkpoint: Checkpoint,
  { onProgress, signal }: ReportOptions = {},
): Promise<ReportData> {
  const listening = signal ? { signal } : {};
  const reading = (nth: number) => (progress: { tensor: string; done: number; total: number }) =>
    onProgress?.(progress.tensor, nth * progress.total + progress.done, READINGS * progress.total);
  const summaries = await summarize(checkpoint, { ...listening, onProgress: reading(0) });
  const found = await histograms(checkpoint, { bins: 60, ...listening, onProgress: reading(1) });
  const findings = await checkValues(checkpoint, {
    ...listening,
    onProgress: (tensor, done, total) => reading(2)({ tensor, done, total }),
  });
  return { summaries, histograms: found, findings };
}
