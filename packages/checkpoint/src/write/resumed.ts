import { checkType } from '@weightkit/numerics/check';
import type { FilePlan } from '../formats/file-plan.ts';
import type { Staged } from './drain.ts';
import type { Place } from './place.ts';
import { stage, type Writer } from './stage.ts';
import type { WriteCheckpointOptions } from './write-options.ts';
import type { WrittenFile } from './write-report.ts';

/**
 * Writes files that can be gone on with: first makes them whole in a folder beside the target, from where an earlier write has come,
 * and then has them named.
 *
 * @param writer - not imported, so that a bundler leaves it with what is always loaded
 */
export async function resumed(
  plans: readonly FilePlan[],
  index: string,
  { sink, main, identity }: Place,
  total: number,
  options: WriteCheckpointOptions,
  name: (staged: Staged) => Promise<WrittenFile[]>,
  writer: Writer,
): Promise<WrittenFile[]> {
  checkType(sink.staging !== undefined, 'writeCheckpoint: resume must be left out where target is no path', sink.name);
  checkType(
    identity !== undefined,
    'writeCheckpoint: resume needs a checkpoint with an identity, as files on disk have and transforms that are given one',
    identity,
  );
  const staging = await sink.staging(`${main}.resume`);
  try {
    const files = await name(await stage(plans, { staging, identity, index, ...writer }, total, options));
    await staging.remove();
    return files;
  } catch (error) {
    await staging.leave().catch(() => undefined);
    throw error;
  }
}
