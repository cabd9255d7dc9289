import { BASE, CHUNK, instantiate, isEnabled } from './instance.ts';
import { base64 } from './pieces.generated.ts';

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

function makeRoom(): PieceRoom | null {
  const kernels = instantiate<PieceKernels>(base64);
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
let idle: PieceRoom | undefined;

/** The shared room, for what begins and ends in one call; null where there is no WebAssembly. */
export function pieceRoom(): PieceRoom | null {
  if (!isEnabled()) return null;
  shared ??= makeRoom();
  return shared;
}

/** A room whose counts stay between calls; the one that was given back, if any. */
export function takeRoom(): PieceRoom | null {
  if (!isEnabled()) return null;
  const room = idle ?? makeRoom();
  idle = undefined;
  room?.counts.fill(0);
  return room;
}

/** Gives a room back for the next who takes one. */
export function giveRoom(room: PieceRoom): void {
  idle ??= room;
}

/** Copies x into the room in chunks and hands over each chunk's start and length. */
export function inRoom({ data }: PieceRoom, x: Float32Array, visit: (start: number, n: number) => void): void {
  for (let start = 0; start < x.length; start += CHUNK) {
    const n = Math.min(CHUNK, x.length - start);
    data.set(n === x.length ? x : x.subarray(start, start + n));
    visit(start, n);
  }
}
