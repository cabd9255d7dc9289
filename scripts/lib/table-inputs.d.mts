export function tokensOf(text: string): string;
/** The hash of what `lessons/<name>/measure.ts` measures. */
export function inputsOf(name: string, from?: string): string;
