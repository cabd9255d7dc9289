import { checkRange } from '@weightkit/numerics/check';
import type { CheckpointTensor, Extras } from '../checkpoint.ts';
import { planCompact } from '../formats/compact/plan-compact.ts';
import { planNpy, planNpz } from '../formats/npz/plan-npz.ts';
import type { Place } from './place.ts';
import type { writeFile } from './write-file.ts';
import type { WritableFormat, WriteCheckpointOptions } from './write-options.ts';
import type { WrittenFile } from './write-report.ts';
import type { writeSharded } from './write-sharded.ts';

/** What writes files; handed over and not imported, so that a bundler leaves it with what every write loads. */
interface Writers {
  readonly writeFile: typeof writeFile;
  readonly writeSharded: typeof writeSharded;
}

/** Writes a format that is loaded with the first file of it. */
export async function writeOthers(
  format: Exclude<WritableFormat, 'tfjs' | 'safetensors'>,
  extras: Extras,
  tensors: readonly CheckpointTensor[],
  place: Place,
  total: number,
  options: WriteCheckpointOptions,
  { writeFile, writeSharded }: Writers,
): Promise<WrittenFile[]> {
  if (format === 'compact') {
    // What is said of the whole stands in the first shard.
    const { entries } = extras;
    const beside = entries ? { entries } : {};
    return writeSharded(
      format,
      (file, some, i) => planCompact(file, some, i === 0 ? extras : beside),
      tensors,
      place,
      total,
      options,
    );
  }
  if (format === 'npz') return writeFile(planNpz(place.main, tensors), place, total, options);
  checkRange(tensors.length === 1, 'writeCheckpoint: an npy file must hold one tensor', tensors.length);
  return writeFile(planNpy(place.main, tensors[0]!), place, total, options);
}
