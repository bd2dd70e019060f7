import { describe, expect, it } from "vitest";

import type { Engine } from "../support/engine.ts";
import { runStagesub } from "../support/runStagesub.ts";

/**
 * Edits of a stack file and their changes to the running stack of backup.test.ts. It does not prove what the
 * schema refuses: test/unit/config does.
 */
export function proveEditsOfTheStackFile(engine: Engine): void {
  describe("an edit of stack file or seeds", () => {
    const stackFile = "stacks/Pulumi.local.yaml";

    it("of name, contact and subdomain moves the DNS record and the registration, and leaves database and login alone", async () => {
      const before = await engine.outputs<Outputs>();
      await engine.checkout.edit(stackFile, "Gävles orkester", "Gävle Nya Symfoniorkester");
      await engine.checkout.edit(
        stackFile,
        "{ name: Åsa Bergström, email: gavle@example.se }",
        "{ name: Bo Ek, email: bo@example.se }\n      subdomain: gefle",
      );
      const plan = await runStagesub(engine.checkout.dir, ["plan", "--stack", "local", "--json"], {
        ...engine.env,
        STAGESUB_LOCAL_DIR: engine.cloud.dir,
      });
      engine.hear("plan", `${plan.stdout}\n${plan.stderr}`);
      expect(plan.code, plan.stderr).toBe(7);
      expect(JSON.parse(plan.stdout)).toMatchObject({
        verdict: "changes",
        orchestras: [
          { id: "gavle", kind: "changed", details: [{ what: "name" }, { what: "address" }, { what: "contact" }] },
        ],
        dns: [{ orchestra: "gavle", kind: "moved" }],
        other: [],
      });
      const { code, output } = await engine.up();
      expect(code, output).toBe(0);
      const after = await engine.outputs<Outputs>();
      expect(after.administrators["gavle"]).toEqual(before.administrators["gavle"]);
      expect(after.administrators["gavle"]!.email).toBe("gavle@example.se");
      expect(after.orchestras["gavle"]!.url).toContain("//gefle.");
    });

    it("of a seed file is news to the databases of orchestras alone, not to spares", async () => {
      const file = "seeds/orchestra/templates/welcome.sv.md";
      await engine.checkout.edit(file, "Hej", "Hejsan");
      const updated = (await engine.preview()).map(({ what }) => what.replace("OrchestraDatabase ", ""));
      await engine.checkout.edit(file, "Hejsan", "Hej");
      expect(updated.sort()).toEqual(["gavle", "malmo", "pool-1", "umea"]);
    });

    it("that cannot be is refused by preview, with all problems and no change", async () => {
      const state = await engine.state();
      await engine.checkout.edit(stackFile, "subdomain: gefle", "subdomain: www");
      await engine.checkout.edit(stackFile, "size: micro", "size: gigantic");
      const bad = await engine.pulumi("preview");
      expect(bad.code).not.toBe(0);
      expect(bad.output).toContain("has 2 problems; nothing was created or changed");
      expect(bad.output).toContain("stagesub:supabase.size  (stacks/Pulumi.local.yaml:");
      expect(bad.output).toContain('"www" is reserved');
      expect(await engine.state()).toEqual(state);
    });

    it("that drops an orchestra is refused, and the orchestra stays as it is", async () => {
      await engine.checkout.edit(stackFile, "subdomain: www", "subdomain: gefle");
      await engine.checkout.edit(stackFile, "size: gigantic", "size: micro");
      const kept = (await engine.state()).map(({ urn }) => urn).sort();
      const text = await engine.checkout.read(stackFile);
      await engine.checkout.write(stackFile, text.replace(/ {4}gavle:\n( {6}.*\n)+/, ""));
      const refused = await engine.up();
      expect(refused.code).not.toBe(0);
      expect(refused.output).toContain("Refusing to delete orchestra gavle, which the stack file no longer has");
      expect((await engine.state()).map(({ urn }) => urn).sort()).toEqual(kept);
      expect((await engine.pulumi("destroy", "--yes")).code).not.toBe(0);
      expect((await engine.state()).map(({ urn }) => urn).sort()).toEqual(kept);
    });
  });
}

interface Outputs {
  orchestras: Record<string, { url: string }>;
  administrators: Record<string, { email: string; oneTimePassword: string }>;
}
