/**
 * A mistake or a state that the user can act on: shown as its message alone, without a stack.
 *
 * It carries no `cause` on purpose: errors of `pg` hold `detail` and `where`, which quote rows.
 */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";

  constructor(
    message: string,
    /** The server's five letters, where it was the server that refused. */
    readonly sqlState?: string,
  ) {
    super(message);
  }
}

/** The server is there and does not accept the password. */
export class PasswordRefused extends DatabaseError {}

/** The files of migrations or seeds are no longer those that the run was planned with. */
export class SourcesChanged extends DatabaseError {}

/** The server is gone, has ended the connection, or is silent for too long. */
export class ConnectionLost extends DatabaseError {}
