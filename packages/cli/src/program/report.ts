import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { reportData } from '../commands/report.ts';
import { modelFiles } from '../files/model-files.ts';
import { writeText } from '../files/write-text.ts';
import { exactBytesText } from '../output/numbers.ts';
import { UsageError } from '../output/usage-error.ts';
import { cell, left, right, text } from '../output/view.ts';
import { reportPage } from '../views/report.ts';
import { examples, withSelection } from './common-options.ts';
import { type Context, EXIT, type SelectionOptions } from './context.ts';

/** Options of the command. */
export interface ReportCommandOptions extends SelectionOptions {
  readonly force?: boolean;
  readonly title?: string;
}

/** What `weightkit report` does. */
export async function runReport(
  context: Context,
  model: string,
  output: string,
  options: ReportCommandOptions,
): Promise<number> {
  const { force = false, title = basename(model), ...selection } = options;
  const { progress, signal } = context;
  if (!/\.html?$/i.test(output)) throw new UsageError(`a report must end in .html, got ${output}`);
  if (!force && (await stat(output).catch(() => undefined)))
    throw new UsageError(`${output} is there already`, 'give another name, or --force to replace it');
  const checkpoint = await context.open(model, selection);
  const files = await modelFiles(model);
  const data = await reportData(checkpoint, { onProgress: progress.step, signal });
  const page = reportPage(title, checkpoint.format, data);
  await writeText(output, page, force, signal);
  const bytes = Buffer.byteLength(page);
  const { length: tensors } = data.summaries;
  context.show(
    { model, output, bytes, tensors, findings: data.findings.length },
    {
      head: [],
      table: {
        columns: [left('report', 'output'), right('bytes'), right('tensors'), right('findings')],
        rows: [
          [
            text(output),
            cell(bytes, exactBytesText(bytes)),
            cell(tensors, `${tensors}`),
            cell(data.findings.length, `${data.findings.length}`),
          ],
        ],
      },
      foot: [
        `one page that needs nothing from outside; of ${files.length || 1} ${files.length > 1 ? 'files' : 'file'} of ${model}`,
      ],
    },
  );
  return EXIT.ok;
}

/** Describes `weightkit report`. */
export const describeReport = (command: Command): Command =>
  withSelection(
    command
      .summary('one HTML page with figures of all weights')
      .description(
        'Draws a model: where its bytes are, histograms, spread and spectra of its kernels, what check finds, and a table of every tensor. One page that needs nothing from outside.',
      )
      .argument('<model>', 'a path, a folder or an address')
      .argument('<output>', 'the page, which must end in .html')
      .option('--title <text>', 'the heading of the page (default: the name of the model)')
      .option('--force', 'replace a page that is there'),
  ).addHelpText(
    'after',
    examples('report model.json report.html', "report model.safetensors layers.html --filter 'encoder.*'"),
  );
