import { NameTaken } from '../access/sink.ts';
import type { FilePlan } from '../formats/file-plan.ts';
import { drain, type Staged, TensorStream, writePart } from './drain.ts';
import { checkFree, type Place } from './place.ts';
import type { WriteCheckpointOptions } from './write-options.ts';
import type { WrittenFile } from './write-report.ts';

/** Has files named, which is all of a write that cannot be gone on with. */
export async function staged(
  plans: readonly FilePlan[],
  index: string,
  place: Place,
  total: number,
  options: WriteCheckpointOptions,
  name: (staged?: Staged) => Promise<WrittenFile[]>,
): Promise<WrittenFile[]> {
  if (!options.resume) return name();
  const resume = await import(/* webpackChunkName: "weightkit-resumed" */ './resumed.ts');
  return resume.resumed(plans, index, place, total, options, name, {
    stream: new TensorStream(),
    writePart,
  });
}

/** Writes a file of its own. */
export async function writeFile(
  plan: FilePlan,
  place: Place,
  total: number,
  options: WriteCheckpointOptions,
): Promise<WrittenFile[]> {
  const { sink } = place;
  await checkFree([plan.file], sink, options);
  return staged([plan], '', place, total, options, (files) => drain([plan], sink, total, options, files)).catch(
    async (error) => {
      // Another write has taken the name in the meantime.
      if (error instanceof NameTaken) await checkFree([plan.file], sink, options);
      throw error;
    },
  );
}
