import { crc32 } from '../../access/crc32.ts';
import type { CheckpointTensor, Extras } from '../../checkpoint.ts';
import type { FilePart, FilePlan } from '../file-plan.ts';
import { infoOf } from './compact-entry.ts';
import { CRC, crcBytes, headBytes } from './compact-header.ts';
import { sectionLengths } from './sections.ts';

/** A tensor's sections, each before its checksum. */
function sectionsOf(tensor: CheckpointTensor): FilePart[] {
  const { shape, encoding, byteLength } = tensor;
  let at = 0;
  return sectionLengths(shape, encoding, byteLength).flatMap((length): FilePart[] => {
    const [begin, end] = [at, at + length];
    at = end;
    let crc = 0;
    const onBytes = (bytes: Uint8Array): void => {
      crc = crc32(bytes, crc);
    };
    return [{ tensor, begin, end, onBytes }, { make: () => crcBytes(crc) }];
  });
}

/** A file of the format `compact`: a header, what a model.json says beside weights, and tensors, each section with its checksum. */
export function planCompact(file: string, tensors: readonly CheckpointTensor[], extras: Extras): FilePlan {
  const { metadata = {}, modelJson = [], entries } = extras;
  const pairs = modelJson.map(([key, json]) => `${JSON.stringify(key)}:${json}`);
  const model = pairs.length > 0 ? new TextEncoder().encode(`{${pairs.join(',')}}`) : undefined;
  let at = model ? model.length + CRC : 0;
  const infos = tensors.map((tensor) => {
    const begin = at;
    at += sectionLengths(tensor.shape, tensor.encoding, tensor.byteLength).reduce(
      (sum, length) => sum + length + CRC,
      0,
    );
    return infoOf(tensor, [begin, at], entries?.get(tensor.name));
  });
  const header = JSON.stringify({
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    ...(model ? { model: model.length } : {}),
    tensors: infos,
  });
  const parts: FilePart[] = [{ bytes: headBytes(header) }];
  if (model) parts.push({ bytes: model }, { bytes: crcBytes(crc32(model)) });
  return { file, parts: [...parts, ...tensors.flatMap(sectionsOf)] };
}
