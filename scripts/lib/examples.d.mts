export interface Example {
  name: string;
  folder: string;
  manifest: {
    scripts: Record<string, string>;
    dependencies: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
}
export function examplesOf(from?: string): Example[];
export function exampleManifests(from?: string): { path: string; text: string; made: string }[];
export function writeExamples(from?: string): string[];
