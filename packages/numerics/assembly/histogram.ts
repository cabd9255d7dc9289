// src/histogram.ts in float64, operation for operation. `outside` holds below, above and nonFinite as float64.

@inline function count<T>(p: usize, n: i32, bins: i32, edges: usize, counts: usize, outside: usize): void {
  const low = load<f64>(edges);
  const high = load<f64>(edges + (<usize>bins << 3));
  const width = high - low;
  const scale = <f64>bins;
  const end = p + <usize>n * sizeof<T>();
  for (; p < end; p += sizeof<T>()) {
    const value = <f64>load<T>(p);
    if (value >= low && value <= high) {
      let bin = <i32>(((value - low) / width) * scale);
      bin -= i32(bin == bins);
      const edge = edges + (<usize>bin << 3);
      if (value < load<f64>(edge)) bin--;
      else if (bin != bins - 1 && value >= load<f64>(edge, 8)) bin++;
      const slot = counts + (<usize>bin << 2);
      store<u32>(slot, load<u32>(slot) + 1);
    } else {
      const slot = outside + (value - value != 0 ? 16 : value < low ? 0 : 8);
      store<f64>(slot, load<f64>(slot) + 1);
    }
  }
}

export function count32(p: usize, n: i32, bins: i32, edges: usize, counts: usize, outside: usize): void {
  count<f32>(p, n, bins, edges, counts, outside);
}

export function count64(p: usize, n: i32, bins: i32, edges: usize, counts: usize, outside: usize): void {
  count<f64>(p, n, bins, edges, counts, outside);
}

// Least and greatest finite entry, lowered into the two float64 at `out`.
@inline function range<T>(p: usize, n: i32, out: usize): void {
  let least = load<f64>(out), most = load<f64>(out, 8);
  const end = p + <usize>n * sizeof<T>();
  for (; p < end; p += sizeof<T>()) {
    const value = <f64>load<T>(p);
    if (value - value == 0) {
      least = value < least ? value : least;
      most = value > most ? value : most;
    }
  }
  store<f64>(out, least);
  store<f64>(out, most, 8);
}

export function range32(p: usize, n: i32, out: usize): void { range<f32>(p, n, out); }
export function range64(p: usize, n: i32, out: usize): void { range<f64>(p, n, out); }
