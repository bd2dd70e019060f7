import { proveConvergence } from "../support/convergence.ts";

// Each statement: test/faults/convergence.test.ts.
proveConvergence(16);
