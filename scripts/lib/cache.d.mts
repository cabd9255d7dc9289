export function cacheFolder(from?: { env?: NodeJS.ProcessEnv; platform?: string; home?: string }): string;
export function makeOnce(folder: string, make: (partial: string) => unknown): Promise<boolean>;
