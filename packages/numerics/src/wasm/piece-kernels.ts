import { BASE, CHUNK, instantiate, isEnabled } from './instance.ts';
import { hex } from './pieces.generated.ts';

/** What assembly/pieces.ts exports; as {@link Kernels}, of a module of its own. */
export interface PieceKernels {
  memory: WebAssembly.Memory;
  extent(p: number, n: number, out: number): number;
  codes32(p: number, n: number, low: number, high: number, step: number, bytes: number, out: number): void;
  codes64(p: number, n: number, low: number, high: number, step: number, bytes: number, out: number): void;
  halves(p: number, n: number, out: number): void;
  countUpper(p: number, n: number, counts: number): void;
  countLower(p: number, n: number, upper: number, counts: number): void;
  compare(p: number, n: number, bound: number, out: number): number;
  zeroSmaller(p: number, n: number, bound: number, ties: number): number;
}

/** Kernels and views of their memory, which never grows: the data, what is made of it, and 2^16 counts. */
export interface PieceRoom {
  kernels: PieceKernels;
  data: Float32Array;
  out: Uint8Array;
  counts: Uint32Array;
}

/** Behind the counts: buffers that are lent, each with room behind it for what kernels read beyond an end. */
const BUFFERS = 8 * CHUNK + 4 * 65_536 + BASE;
const [BUFFER_BYTES, BUFFER_COUNT] = [1 << 20, 4];

function makeRoom(): PieceRoom | null {
  const kernels = instantiate<PieceKernels>(hex);
  if (!kernels) return null;
  const { buffer } = kernels.memory;
  return {
    kernels,
    data: new Float32Array(buffer, BASE, CHUNK),
    out: new Uint8Array(buffer, BASE + 4 * CHUNK, 4 * CHUNK),
    counts: new Uint32Array(buffer, BASE + 8 * CHUNK, 1 << 16),
  };
}

let shared: PieceRoom | null | undefined;
let lent = 0;
let counting = false;
let idle: PieceRoom | undefined;

/** The shared room, for what begins and ends in one call; null where there is no WebAssembly. */
export function pieceRoom(): PieceRoom | null {
  if (!isEnabled()) return null;
  shared ??= makeRoom();
  return shared;
}

/**
 * A buffer of 1 MiB in the kernels' memory: what is read into it, `extent`, `affineCodes`, `float16Bits`, `compareMagnitudes` and, one
 * at a time, `countMagnitudes` look at without copying it first. For whoever reads files in pieces, and keeps it: there are four, and
 * none is given back.
 *
 * @returns null when all are lent, and where there is no WebAssembly
 */
export function pieceBuffer(): Uint8Array | null {
  const room = lent < BUFFER_COUNT ? pieceRoom() : null;
  return room && new Uint8Array(room.kernels.memory.buffer, BUFFERS + lent++ * (BUFFER_BYTES + BASE), BUFFER_BYTES);
}

/** A room whose counts stay between calls: the shared one, the one that was given back, or another. */
export function takeRoom(): PieceRoom | null {
  let room = pieceRoom();
  if (!room) return null;
  if (counting) {
    room = idle ?? makeRoom();
    idle = undefined;
  } else counting = true;
  room?.counts.fill(0);
  return room;
}

/** Gives a room back for the next who takes one. */
export function giveRoom(room: PieceRoom): void {
  if (room === shared) counting = false;
  else idle ??= room;
}

/** Copies x into the room in chunks and hands over each chunk's start and length. */
export function inRoom({ data }: PieceRoom, x: Float32Array, visit: (start: number, n: number) => void): void {
  for (let start = 0; start < x.length; start += CHUNK) {
    const n = Math.min(CHUNK, x.length - start);
    data.set(n === x.length ? x : x.subarray(start, start + n));
    visit(start, n);
  }
}

/** Hands over each chunk's start, length and place in memory, where x lies or is copied to: for kernels that do not change it. */
export function readRoom(
  room: PieceRoom,
  x: Float32Array,
  visit: (start: number, n: number, place: number) => void,
): void {
  if (x.buffer !== room.data.buffer) {
    inRoom(room, x, (start, n) => visit(start, n, BASE));
    return;
  }
  for (let start = 0; start < x.length; start += CHUNK)
    visit(start, Math.min(CHUNK, x.length - start), x.byteOffset + 4 * start);
}

/**
 * Where in the memory of the kernels those may write what they make of entries of x: in `out` itself, from entry `start` on, if that lies
 * there, apart from x, and n entries are whole vectors; else in the room, whence it is copied.
 */
export function placeFor(
  room: PieceRoom,
  out: Uint8Array | Uint16Array | Float32Array,
  x: Float32Array | Uint8Array,
  start: number,
  n: number,
): number | null {
  const { buffer } = room.data;
  if (out.buffer !== buffer || n % 16 !== 0) return null;
  const overlaps =
    x.buffer === buffer &&
    out.byteOffset < x.byteOffset + x.byteLength &&
    x.byteOffset < out.byteOffset + out.byteLength;
  return overlaps ? null : out.byteOffset + start * out.BYTES_PER_ELEMENT;
}
