export function tokensOf(text: string): string;
/** The hash of what `lessons/<name>/measure.ts` measures, or of what another file of the lesson does. */
export function inputsOf(name: string, from?: string, file?: string): string;
/** The hash of what a file measures, by its path in the repository. */
export function inputsOfFile(path: string, from?: string): string;
/** The hash of what a lesson's default run gives: its experiment and the values it opens with. */
export function defaultInputsOf(name: string, initial: unknown, from?: string): string;
