/** What a package is for: a `command` has programs that are run, a `library` entries that are imported. */
export type Kind = 'command' | 'library';

/** A published package. */
export interface Package {
  name: string;
  kind: Kind;
  folder: string;
  manifest: {
    name: string;
    version: string;
    bin?: Record<string, string>;
    dependencies?: Record<string, string>;
    exports: Record<string, unknown>;
  };
}

export function kindOf(manifest: { bin?: Record<string, string>; exports?: Record<string, unknown> }): Kind;

export function dependenciesFirst(packages: readonly Package[]): Package[];

export function packagesOf(from?: string): Package[];
