import "./sdkStart.cjs";
import { loadProgram } from "./util/loadProgram.js";

/** Pulumi's program: its exports are the stack's outputs. */
export default await loadProgram("infra/index.ts");
