/** The database engine: connects, locks, migrates, seeds, inspects. Knows pg, not Pulumi. */
export { formatConnectionUrl, parseConnectionUrl, withClient, withRole, type Connection } from "./connection.ts";
export { DatabaseError } from "./databaseError.ts";
export { loginRole, type AppRole } from "./appRole.ts";
export { ensureOrchestraDatabase, type OrchestraDatabaseSpec } from "./ensureOrchestraDatabase.ts";
export { findLedgerProblems } from "./ledger.ts";
export { inspectOrchestraDatabase } from "./inspectOrchestraDatabase.ts";
export type { OrchestraDatabaseState } from "./orchestraState.ts";
export type { FirstAdministrator, Owner } from "./owner.ts";
export { generatePassword, hashPassword, verifyPassword } from "./passwords.ts";
export { readMigrations, type Migration, type MigrationFile } from "./readMigrations.ts";
export { readSeeds, type SeedFile, type Seeds } from "./readSeeds.ts";
export {
  ensureRegistryDatabase,
  inspectRegistryDatabase,
  type RegistryDatabaseSpec,
  type RegistryDatabaseState,
} from "./registryDatabase.ts";
export {
  ensureRegistration,
  inspectRegistration,
  removeRegistration,
  type Registration,
  type RegistrationKey,
} from "./registration.ts";
