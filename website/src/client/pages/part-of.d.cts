export declare const PARTS: number;
export declare function partOf(path: string): number;
