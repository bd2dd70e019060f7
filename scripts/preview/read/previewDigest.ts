import { stripVTControlCharacters } from "node:util";

import { type MarkedMessage, readMark } from "./messages.ts";

/** One resource of a preview: the planned operation, without any value. */
export interface Step {
  /** Pulumi's word: same, create, update, delete, replace, import, read. */
  op: string;
  /** Last part of its type: `OrchestraDatabase`, `Project`, `DnsRecord`. */
  kind: string;
  /** Its name in the program: an orchestra's id or `pool-3`. */
  name: string;
  /** Inputs that differ, by name; all inputs of a new resource. */
  changed: ChangedKey[];
  /** Whether Pulumi refuses to delete it, before and after. */
  protect: { before: boolean; after: boolean };
}

/** A message of a preview, or of the program in it. */
export interface Diagnostic extends MarkedMessage {
  severity: "info" | "warning" | "error";
}

/** A rule of the policy pack that the preview breaks. */
export interface Violation {
  policy: string;
  message: string;
  /** Whether the rule refuses, or advises. */
  mandatory: boolean;
  /** `Project malmo`; left out for a rule about the whole stack. */
  resource?: string;
}

/** A preview without any value of the state: operations, names, types and the names of inputs that differ. */
export interface PreviewDigest {
  steps: Step[];
  diagnostics: Diagnostic[];
  violations: Violation[];
}

/** An event of Pulumi's engine, as far as it matters here: https://www.pulumi.com/docs/iac/automation-api/ and `apitype.EngineEvent`. */
export interface EngineEvent {
  /** The policy pack is loaded from now on. */
  policyLoadEvent?: object;
  /** The policy pack is loaded, and the program starts. */
  preludeEvent?: object;
  resourcePreEvent?: { metadata: StepMetadata };
  diagnosticEvent?: { message: string; severity: string; ephemeral?: boolean; urn?: string };
  stdoutEvent?: { message: string };
  policyEvent?: { policyName: string; message: string; enforcementLevel: string; resourceUrn?: string };
}

interface StepMetadata {
  op: string;
  urn: string;
  old: StepState | null;
  new: StepState | null;
  detailedDiff: Record<string, { diffKind: string }> | null;
}

interface StepState {
  protect?: boolean;
  inputs?: Record<string, unknown>;
}

/** Returns an empty digest; {@link addEvent} fills it. */
export function emptyDigest(): PreviewDigest {
  return { steps: [], diagnostics: [], violations: [] };
}

/** Adds one event without its values. */
export function addEvent(digest: PreviewDigest, event: EngineEvent): void {
  const { resourcePreEvent, diagnosticEvent, stdoutEvent, policyEvent } = event;
  if (resourcePreEvent) addStep(digest.steps, readStep(resourcePreEvent.metadata));
  if (diagnosticEvent && !diagnosticEvent.ephemeral) {
    const { severity, message, urn } = diagnosticEvent;
    // Output of the program or a provider arrives as "info", on its standard error as "info#err".
    if (severity !== "debug") addDiagnostic(digest, severity.split("#")[0] as Diagnostic["severity"], message, urn);
  }
  if (stdoutEvent) addDiagnostic(digest, "info", stdoutEvent.message);
  if (policyEvent && policyEvent.enforcementLevel !== "none") {
    const { policyName, message, enforcementLevel, resourceUrn } = policyEvent;
    const resource = resourceUrn ? shortenUrn(resourceUrn) : undefined;
    digest.violations.push({
      policy: policyName,
      message: cleanMessage(message),
      mandatory: enforcementLevel !== "advisory" && enforcementLevel !== "warning",
      ...(resource !== undefined && { resource }),
    });
  }
}

/** Shortens "urn:pulumi:local::stagesub::a$supabase:index/project:Project::malmo" to "Project malmo". */
function shortenUrn(urn: string): string {
  const { kind, name } = readUrn(urn);
  return `${kind} ${name}`;
}

function readUrn(urn: string): { kind: string; name: string } {
  const [, , type = "", ...name] = urn.split("::");
  return { kind: type.split(":").at(-1)!, name: name.join("::") };
}

function readStep({ op, urn, old, new: after, detailedDiff }: StepMetadata): Step {
  const changed = op === "same" ? [] : findChangedKeys(old?.inputs, after?.inputs, detailedDiff);
  const protect = { before: old?.protect === true, after: after?.protect === true };
  const isReplacement = /^(create|read|import)-replacement$|^delete-replaced$/.test(op);
  return { op: isReplacement ? "replace" : op, ...readUrn(urn), changed, protect };
}

function addStep(steps: Step[], step: Step): void {
  const replacement = steps.find(({ op, kind, name }) => op === "replace" && kind === step.kind && name === step.name);
  if (!replacement) steps.push(step);
  else replacement.protect.before ||= step.protect.before;
}

function addDiagnostic(
  { diagnostics }: PreviewDigest,
  severity: Diagnostic["severity"],
  text: string,
  urn?: string,
): void {
  const message = cleanMessage(text);
  if (message === "" || /^(update|preview) failed$/.test(message)) return;
  const marked = readMark(message);
  if (diagnostics.some((other) => other.text === marked.text)) return;
  // Messages about resources differ in the resource's name alone.
  const values = marked.values.length === 0 && urn ? [readUrn(urn).name] : marked.values;
  diagnostics.push({ severity, ...marked, values });
}

/** Drops Pulumi's colours and prefixes, and shortens its URNs. */
function cleanMessage(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/<\{%[^%]*%\}>/g, "")
    .replace(/urn:pulumi:[^\s"']*/g, shortenUrn)
    .trim()
    .replace(/^(error|warning): /, "")
    .replace(/^\S+ resource '[^']*' has a problem: /, "")
    .trim();
}

/** An input of a resource that differs, by name alone. */
export interface ChangedKey {
  /** The input's name, such as `migrations`. */
  key: string;
  /** The key that differs in the input, if the input is a map: `0012_nickname.sql`. */
  item?: string;
  kind: "add" | "delete" | "update";
}

/**
 * Returns the names of the inputs that differ. Values are compared and go no further.
 *
 * @param detailedDiff the provider's own diff, by property path; dynamic resources have none
 */
function findChangedKeys(
  before: Record<string, unknown> = {},
  after: Record<string, unknown> = {},
  detailedDiff: Record<string, { diffKind: string }> | null = null,
): ChangedKey[] {
  if (detailedDiff && Object.keys(detailedDiff).length > 0)
    return Object.entries(detailedDiff).map(([path, { diffKind }]) => ({
      key: /^[^.[]*/.exec(path)![0],
      kind: /^(add|delete)/.exec(diffKind) ? (diffKind.split("-")[0] as "add" | "delete") : "update",
    }));
  return compare(before, after).flatMap(({ key, kind }) => {
    const [old, now] = [before[key], after[key]];
    if (!isMap(old) && !isMap(now)) return [{ key, kind }];
    const items = compare(isMap(old) ? old : {}, isMap(now) ? now : {});
    return items.length === 0
      ? [{ key, kind }]
      : items.map(({ key: item, kind: itemKind }): ChangedKey => ({ key, item, kind: itemKind }));
  });
}

/** Pulumi's own keys. */
const internal = new Set(["__provider", "__defaults"]);

function compare(before: Record<string, unknown>, after: Record<string, unknown>): ChangedKey[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key): ChangedKey[] => {
    if (internal.has(key) || JSON.stringify(before[key]) === JSON.stringify(after[key])) return [];
    return [{ key, kind: before[key] === undefined ? "add" : after[key] === undefined ? "delete" : "update" }];
  });
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
