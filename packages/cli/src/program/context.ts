import { stat } from 'node:fs/promises';
import { type Checkpoint, openCheckpoint } from '@weightkit/checkpoint';
import type { Command } from 'commander';
import { isUrl } from '../files/model-files.ts';
import { type Selection, type Shard, select } from '../files/select.ts';
import { type OutputFormat, render } from '../output/render.ts';
import { UsageError } from '../output/usage-error.ts';
import type { View } from '../output/view.ts';
import type { Host } from './host.ts';
import { watchMemory } from './memory.ts';
import { Progress } from './progress.ts';

/** Options that every command has. */
export interface CommonOptions {
  readonly format: OutputFormat | 'auto';
  readonly memory?: number;
}

/** Options of commands that change some of the tensors. */
export interface PartOptions {
  readonly filter?: readonly string[];
  readonly exclude?: readonly string[];
}

/** Options of commands that take some of the tensors. */
export interface SelectionOptions extends PartOptions {
  readonly shard?: Shard;
}

/** How a command ends. */
export const EXIT = { ok: 0, findings: 1, usage: 2, unreadable: 3, interrupted: 130 } as const;

/** What a command is run with, made anew for each run. */
export interface Context {
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Opens a model and leaves the chosen tensors. */
  open(source: string, selection?: Selection): Promise<Checkpoint>;
  /** Writes a result. */
  show(result: unknown, view: View): void;
}

/** Runs the body of a command: gives it what it needs, closes what it opened, and makes its result the exit code. */
export async function inContext(
  host: Host,
  command: Command,
  body: (context: Context) => Promise<number>,
): Promise<number> {
  const { format, memory } = command.opts<CommonOptions>();
  const opened: Checkpoint[] = [];
  const guard = watchMemory(memory, host);
  const progress = new Progress(host, command.name());
  try {
    return await body({
      host,
      signal: guard.signal,
      progress,
      async open(source, selection = {}) {
        if (source === '-')
          throw new UsageError(
            'a model must be a path or an address, got - (standard input cannot be read from the middle)',
            'save it to a file first',
          );
        const found = isUrl(source) ? undefined : await stat(source).catch(() => undefined);
        if (found && !found.isFile() && !found.isDirectory())
          throw new UsageError(
            `a model must be a file or a folder, got ${source} (a pipe or a device cannot be read from the middle)`,
            'save it to a file first',
          );
        const checkpoint = await openCheckpoint(source, { signal: guard.signal });
        opened.push(checkpoint);
        return select(checkpoint, selection);
      },
      show(result, view) {
        progress.end();
        const { isTTY, columns } = host.stdout;
        const written = format === 'auto' ? (isTTY ? 'pretty' : 'tsv') : format;
        const color = isTTY && !host.env.NO_COLOR && host.env.TERM !== 'dumb';
        const { out, err } = render(written, result, view, { color, width: isTTY ? columns : undefined });
        host.stdout.write(out);
        if (err !== '') host.stderr.write(err);
      },
    });
  } finally {
    progress.end();
    guard.stop();
    await Promise.all(opened.map((checkpoint) => checkpoint.close().catch(() => undefined)));
  }
}
