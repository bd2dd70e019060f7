/** An answer of a cloud's API that the user can act on, in words and without the token. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status; undefined where no answer came. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}
