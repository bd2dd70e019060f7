import { loadProgram } from "../../infra/util/loadProgram.js";

await loadProgram("local/cloud/main.ts");
