import { describe, expect, it } from "vitest";

import { findAppLogin } from "../../../infra/database/findAppLogin.ts";

describe("the app's login in an adopted database's URL", () => {
  const find = (user: string) => findAppLogin(`postgresql://${user}:Ours%2FSecret@h:5432/d`, "app_malmo");

  it("is found with its version and password, behind a pooler too", () => {
    expect(find("app_malmo_1.abcdefghijklmnopqrst")).toEqual({ version: 1, password: "Ours/Secret" });
    expect(find("app_malmo_12")).toEqual({ version: 12, password: "Ours/Secret" });
  });

  it.each(["postgres", "app_malmo", "app_malmo__1_1", "app_malmo_0", "app_malmo_1x", "app_gavle_1"])(
    "is not %s",
    (user) => {
      expect(find(user)).toBeUndefined();
    },
  );
});
