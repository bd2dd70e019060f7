import { expect, it } from "vitest";

import { auditRegistration } from "../../../infra/database/registry/auditRegistration.ts";
import type { Registration } from "../../../infra/database/registry/orchestraRows.ts";

const registrationAt = (login: string, host: string, parameters = ""): Registration => ({
  ...{ stack: "local", orchestra: "malmo", name: "Malmö", subdomain: "malmo", status: "Active" },
  ...{ contactName: "Åsa", contactEmail: "asa@example.se", setupDate: "2026-11-22" },
  databaseUrl: `postgresql://${login}@${host}:6543/postgres${parameters}`,
});
const before = registrationAt("app_malmo_1.abc:p%2Dw", "pooler.example.com");

it.each([
  ["moved", "another database", registrationAt("app_malmo_1.xyz:p%2Dw", "pooler.example.com")],
  ["rotated", "another login", registrationAt("app_malmo_2.abc:p%2Dw", "pooler.example.com")],
  ["rotated", "another password", registrationAt("app_malmo_1.abc:other", "pooler.example.com")],
  ["updated", "a parameter", registrationAt("app_malmo_1.abc:p%2Dw", "pooler.example.com", "?connection_limit=1")],
  ["updated", "another spelling of the password", registrationAt("app_malmo_1.abc:p-w", "pooler.example.com")],
  [
    "updated",
    "the project named in a parameter",
    registrationAt("app_malmo_1:p%2Dw", "pooler.example.com", "?options=reference%3Dabc"),
  ],
])("a registration's audit says %s after a change of its URL to %s", (action, _change, after) => {
  expect(auditRegistration(before, after).map((event) => event.action)).toEqual([action]);
});
