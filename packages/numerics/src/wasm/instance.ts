import type { Kernels } from './kernels.ts';
import { hex } from './module.generated.ts';

/** Where data may begin in a kernel's memory. */
export const BASE = 64;

/** Entries that go through the kernels' memory at a time. */
export const CHUNK = 1 << 15;

const PAGE = 65536;
let enabled = true;
const compiled = new Map<string, WebAssembly.Module | null>();
let shared: Kernels | undefined;

/** For tests: false makes every function take its TypeScript reference. */
export function useWasm(on: boolean): void {
  enabled = on;
}

/** A module, compiled on first use; null for good where WebAssembly or its SIMD is missing or forbidden. */
function compile(text: string): WebAssembly.Module | null {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  let made: WebAssembly.Module | null = null;
  try {
    made = new WebAssembly.Module(Uint8Array.from(text.match(/../g)!, (byte) => Number.parseInt(byte, 16)));
  } catch {
    // Everything has a reference in TypeScript.
  }
  compiled.set(text, made);
  return made;
}

/** What an instance of its own of a module exports, which may use a memory that is there; null where it cannot be had. */
export function instantiate<T>(text: string, memory?: WebAssembly.Memory): T | null {
  const module = enabled ? compile(text) : null;
  if (!module) return null;
  try {
    return new WebAssembly.Instance(module, { env: { memory: memory! } }).exports as T;
  } catch {
    return null;
  }
}

/** Kernels with a memory of their own of the given size, which goes when they go; null where that cannot be had. */
export function freshKernels(bytes: number): Kernels | null {
  const kernels = bytes > 65535 * PAGE ? null : instantiate<Kernels>(hex);
  return kernels && reserve(kernels, bytes) ? kernels : null;
}

function reserve({ memory }: Kernels, bytes: number): boolean {
  const missing = BASE + bytes - memory.buffer.byteLength;
  try {
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  } catch {
    return false;
  }
  return true;
}

/** The shared kernels with at least the given memory, for work in chunks; null where they cannot be had. */
export function sharedKernels(bytes: number): Kernels | null {
  if (!enabled) return null;
  shared ??= freshKernels(bytes) ?? undefined;
  return shared && reserve(shared, bytes) ? shared : null;
}

/** Whether kernels are used. */
export const isEnabled = (): boolean => enabled;

/** Copies x into the kernels' memory in chunks and hands over each chunk's start and length. */
export function inChunks(
  { memory }: Kernels,
  x: Float32Array | Float64Array,
  visit: (start: number, n: number) => void,
  chunk = CHUNK,
): void {
  const Kind = x instanceof Float32Array ? Float32Array : Float64Array;
  const inside = new Kind(memory.buffer, BASE, Math.min(chunk, x.length));
  for (let start = 0; start < x.length; start += chunk) {
    const n = Math.min(chunk, x.length - start);
    inside.set(x.subarray(start, start + n));
    visit(start, n);
  }
}
