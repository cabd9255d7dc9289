/** What a WebGPU adapter says of itself, as far as it matters here. */
export interface AdapterLike {
  isFallbackAdapter?: boolean;
  info?: { vendor?: string; architecture?: string; device?: string; description?: string; isFallbackAdapter?: boolean };
}

/** Whether a WebGPU adapter computes on the processor: slower than WebAssembly there, so it is no candidate. */
export function isSoftwareAdapter({ isFallbackAdapter, info }: AdapterLike): boolean {
  if (isFallbackAdapter === true || info?.isFallbackAdapter === true) return true;
  const words = [info?.vendor, info?.architecture, info?.device, info?.description].join(' ');
  return /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render/i.test(words);
}
