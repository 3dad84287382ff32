/** What page and kernel say to each other: requests and answers are JSON texts, as the kernel takes and gives them. */
export interface ToKernel {
  readonly call: number;
  /** Address of the kernel's files. */
  readonly base: string;
  /** A call of `services/offers/domain/calls.py`, or one of `records.py`. */
  readonly name: string;
  readonly request: string;
}

export type FromKernel =
  | { readonly call: number; readonly text: string }
  | { readonly call: number; readonly failed: string };
