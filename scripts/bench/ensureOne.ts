import {
  ensureOrchestraDatabase,
  type OrchestraDatabaseSpec,
} from "../../infra/database/tenant/ensureOrchestraDatabase.ts";

/** A program of its own, so that its start is measured as psql's is: makes the database of the spec in BENCH_SPEC whole, as `pulumi up` does. */
await ensureOrchestraDatabase(JSON.parse(process.env["BENCH_SPEC"]!) as OrchestraDatabaseSpec);
