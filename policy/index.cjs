// Pulumi's runner requires this folder; tsx lets it read the pack's TypeScript and the program's, as infra/resources do.
require("tsx/cjs");
require("./pack.ts");
