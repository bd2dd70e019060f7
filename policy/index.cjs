// Pulumi's runner requires this folder, and the process serves from when the pack is loaded.
void import("../infra/util/loadProgram.js").then(({ loadProgram }) => loadProgram("policy/pack.ts"));
