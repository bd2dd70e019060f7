import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import { expect, it } from "vitest";

import { isRefusedProject, textsOfPg } from "../../../infra/util/foreignErrors.ts";

it.each(textsOfPg)("the installed pg still says: %s", (text) => {
  const library = path.dirname(createRequire(import.meta.url).resolve("pg"));
  const sources = ["client.js", "connection.js"].map((file) => readFileSync(path.join(library, file), "utf8"));
  expect(sources.join("\n")).toContain(text);
});

/** The provider's own texts (internal/provider/project_resource.go of terraform-provider-supabase). */
it.each([
  ["Unable to create project, got status 402: payment required", true],
  ["Unable to create project, got status 422: {}", true],
  ["Unable to create project, got status 408: timeout", false],
  ["Unable to create project, got status 504: timeout", false],
  ["Unable to create project, got error: unexpected EOF", false],
  ["Unable to read project, got status 404: {}", false],
])("the provider's error is a refusal or not: %s", (text, refused) => {
  expect(isRefusedProject(text)).toBe(refused);
});
