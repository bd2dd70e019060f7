import { vi } from "vitest";
import { proveConvergence } from "../support/convergence.ts";

vi.mock(import("../../infra/database/roles/passwords.ts"), async (original) => ({
  ...(await original()),
  hashPassword: async () => "$scrypt$ln=17,r=8,p=1$c2FsdA$aGFzaA",
}));

proveConvergence(1);
