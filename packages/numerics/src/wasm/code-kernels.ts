import { hex } from './codes.generated.ts';
import { CHUNK, instantiate } from './instance.ts';
import { type PieceRoom, pieceRoom } from './piece-kernels.ts';

/** What assembly/codes.ts exports; runs have 16 entries or more. */
export interface CodeKernels {
  encode(p: number, n: number, inverse: number, zero: number, least: number, most: number, out: number): void;
  encodeEach(p: number, n: number, inverses: number, zeros: number, least: number, most: number, out: number): void;
  decode(p: number, n: number, flip: number, scale: number, zero: number, out: number): void;
  decodeEach(p: number, n: number, flip: number, scales: number, zeros: number, out: number): void;
}

/** The least run that kernels take. */
export const LEAST_RUN = 16;

/** How many entries with a scale of their own go at a time. */
export const MOST_EACH = 8192;

/** The room of pieces with kernels for codes, and places for scales and zero points behind {@link CHUNK} bytes of codes. */
export interface CodeRoom {
  kernels: CodeKernels;
  room: PieceRoom;
  scales: Float32Array;
  zeros: Float32Array;
}

let shared: CodeRoom | null | undefined;

/** The shared one; null where there is no WebAssembly. */
export function codeRoom(): CodeRoom | null {
  const room = pieceRoom();
  if (!room || shared?.room === room) return room && shared!;
  const kernels = instantiate<CodeKernels>(hex, room.kernels.memory);
  const { buffer, byteOffset } = room.out;
  const place = (i: number) => new Float32Array(buffer, byteOffset + CHUNK + 4 * MOST_EACH * i, MOST_EACH);
  shared = kernels && { kernels, room, scales: place(0), zeros: place(1) };
  return shared;
}

/** Puts a row's scales and zero points where kernels find them, unless they are there. */
export function rowPlacer(
  { scales, zeros }: CodeRoom,
  allScales: Float32Array,
  allZeros: Float32Array | null,
  shift: number,
): (first: number, n: number) => void {
  let [there, count] = [-1, 0];
  return (first, n) => {
    if (first === there && n <= count) return;
    [there, count] = [first, n];
    scales.set(allScales.subarray(first, first + n));
    if (allZeros) for (let i = 0; i < n; i++) zeros[i] = allZeros[first + i]! + shift;
    else zeros.fill(shift, 0, n);
  };
}
