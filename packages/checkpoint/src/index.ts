export type { FileSource } from './access/open-source.ts';
export { makeFolder } from './access/platform.ts';
export type { WritableDirectory, WritableFileHandle, WritableStreamLike } from './access/sink.ts';
export { checkCheckpoint, whyNoNumbers } from './check-checkpoint.ts';
export { checkListening, type Listening } from './check-listening.ts';
export type {
  AffineEncoding,
  Checkpoint,
  CheckpointTensor,
  CodesEncoding,
  Encoding,
  Extras,
  Float16Encoding,
  Format,
  GgmlEncoding,
  PlainEncoding,
} from './checkpoint.ts';
export { CheckpointError, type CheckpointFault } from './checkpoint-error.ts';
export { type CodedTensor, type CodeParts, codedTensor, codeParts } from './coded-tensor.ts';
export { type Computed, computedTensor } from './computed-tensor.ts';
export type { Dtype, Values } from './dtypes.ts';
export type { GgmlType } from './formats/gguf/ggml-types.ts';
export type { ArtifactsLike } from './formats/tfjs/open-artifacts.ts';
export { loadFormats } from './load-formats.ts';
export { type MapCheckpointOptions, mapCheckpoint } from './map-checkpoint.ts';
export { globToRegExp, type NameFilter, nameMatcher, type TensorFilter, tensorMatcher } from './name-filter.ts';
export {
  type CheckpointSource,
  type LoaderLike,
  type OpenCheckpointOptions,
  openCheckpoint,
} from './open-checkpoint.ts';
export { plainCodec } from './plain-codec.ts';
export { lendBuffer } from './spare-room.ts';
export type { Codec } from './stored-tensor.ts';
export type { ConvertedTensor, TensorForm } from './write/encode-for.ts';
export { saveModel } from './write/save-model.ts';
export { type Artifacts, toArtifacts } from './write/to-artifacts.ts';
export { writeCheckpoint } from './write/write-checkpoint.ts';
export type { WritableFormat, WriteCheckpointOptions, WriteProgress } from './write/write-options.ts';
export type { CheckpointTarget, WriteReport, WrittenFile } from './write/write-report.ts';
