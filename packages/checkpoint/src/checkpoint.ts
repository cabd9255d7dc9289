import type { Dtype, Values } from './dtypes.ts';
import type { GgmlType } from './formats/gguf/ggml-types.ts';

/** The formats that are read; all but `gguf` are written too. */
export type Format = 'tfjs' | 'safetensors' | 'npz' | 'npy' | 'gguf' | 'compact';

/** Numbers as they are, little-endian, row-major. */
export interface PlainEncoding {
  /** Its name. */
  readonly kind: 'plain';
}

/** Codes of TensorFlow.js's files, `value = code * scale + min`, one scale a tensor. */
export interface AffineEncoding {
  /** Its name. */
  readonly kind: 'affine';
  /** What the codes are. */
  readonly storage: 'uint8' | 'uint16';
  /** Distance of neighboring values. */
  readonly scale: number;
  /** What code 0 stands for. */
  readonly min: number;
}

/** float32 rounded to float16, of TensorFlow.js's files. */
export interface Float16Encoding {
  /** Its name. */
  readonly kind: 'float16';
}

/** Blocks of ggml. */
export interface GgmlEncoding {
  /** Its name. */
  readonly kind: 'ggml';
  /** The type of the blocks: `Q8_0`, `Q4_K`, ... */
  readonly type: GgmlType;
}

/**
 * Packed codes whose blocks have a scale each, of the format `compact`: a value is (code − zero point) · scale, or
 * codebook[code] · scale, rounded to float32 once. The bytes are the codebook, the scales, the zero points and the codes, in this order.
 */
export interface CodesEncoding {
  /** Its name. */
  readonly kind: 'codes';
  /** What the grid is called, `int4`, `nf4`, ...; no part of what values are. */
  readonly grid: string;
  /** Bits of a code and of a zero point, 1 to 16; packed as `packCodes` of `@weightkit/numerics` does it. */
  readonly bits: number;
  /** Whether codes and zero points are in two's complement. */
  readonly signed: boolean;
  /** The sizes that blocks are cut from: the tensor's own, or others of as many values, such as `[inputs, outputs]` of a convolution. */
  readonly view: readonly number[];
  /** Edges of the blocks that share a scale, one for an axis of the view; the last block of an axis may be smaller. */
  readonly block: readonly number[];
  /** How scales are stored: as float32, or as powers of two in one byte, 2^(byte − 127). */
  readonly scales: 'float32' | 'e8m0';
  /** Whether each block has a zero point, the code of 0; or `float32` for the place of 0 between codes, as HQQ has it. */
  readonly zeroPoints: boolean | 'float32';
  /** How many float32 entries the codebook has; 0 where codes stand for themselves. */
  readonly codebook: number;
  /**
   * Edges of the blocks that share a factor by which values are divided, as AWQ has them, one for an axis of the view; the last block of
   * an axis may be smaller. Left out where there are none.
   */
  readonly factors?: readonly number[];
}

/** How a tensor's numbers are stored. */
export type Encoding = PlainEncoding | AffineEncoding | Float16Encoding | GgmlEncoding | CodesEncoding;

/** One named tensor of a checkpoint. Nothing of it is read before it is asked for. */
export interface CheckpointTensor {
  /** Its name, unique in the checkpoint. */
  readonly name: string;
  /** Its sizes, row-major; `[]` for a scalar. */
  readonly shape: readonly number[];
  /** What its numbers are once decoded. */
  readonly dtype: Dtype;
  /** How they are stored. */
  readonly encoding: Encoding;
  /** Bytes as stored. */
  readonly byteLength: number;
  /** The bytes as stored; the caller's own. */
  bytes(): Promise<Uint8Array>;
  /** The numbers, decoded: float16, bfloat16 and formats of 8 bits as float32, formats of 4 and 6 bits as stored codes. */
  values(): Promise<Values>;
  /**
   * The numbers in pieces, for what does not fit in memory; strings come at once. A piece is good until the next one is asked for,
   * and not to be changed.
   *
   * @param count - numbers in a piece, at most; 1 or more
   */
  chunks(count: number): AsyncIterable<Values>;
  /**
   * The bytes as stored, in pieces of at most `size` bytes. A piece is good until the next one is asked for, and not to be changed;
   * it holds whole numbers where `size` is a multiple of a number's bytes.
   *
   * @param size - bytes, 1 or more
   */
  byteChunks(size: number): AsyncIterable<Uint8Array>;
}

/** What a format carries beside its tensors. */
export interface Extras {
  /** Text by key: `__metadata__` of safetensors; numbers and lists of GGUF as JSON text. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The entries of a model.json beside its weights, in its order, each as the JSON text that stood there. */
  readonly modelJson?: readonly (readonly [key: string, json: string])[];
  /** What a weights manifest says of tensors beside name, shape, dtype and quantization, by name, as JSON text by key. */
  readonly entries?: ReadonlyMap<string, readonly (readonly [key: string, json: string])[]>;
  /** What of an npz archive is no tensor, such as texts and Python objects: NumPy's dtype by name. */
  readonly arrays?: Readonly<Record<string, string>>;
  /** How many tensors each group of a weights manifest holds, in order. */
  readonly groups?: readonly number[];
}

/** A lazy list of named tensors. */
export interface Checkpoint {
  /** What it was read from. */
  readonly format: Format;
  /** The tensors in the file's order. */
  readonly tensors: readonly CheckpointTensor[];
  /** What else the file holds. */
  readonly extras: Extras;
  /**
   * A text that is another one when the source has changed or something else is done to it: of files on disk their sizes and times
   * of change. Undefined where that cannot be known; a write can then not be resumed.
   */
  readonly identity?: string;
  /** Closes the files; tensors cannot be read afterwards. */
  close(): Promise<void>;
}
