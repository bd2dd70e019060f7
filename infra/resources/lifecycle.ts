import { fstatSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";

import type { ErrorCode } from "../errorCodes.ts";
import { UserError } from "../errors.ts";
import { digestOf } from "../util/digest.ts";
import { configure } from "./runAccess.ts";

/** The properties that Pulumi keeps of a dynamic resource: its inputs as applied, and under one key the findings. */
export type Recorded<Inputs extends object, State extends object> = Inputs & { state: State };

/** The work of a dynamic resource; {@link defineProvider} turns it into Pulumi's methods. */
export interface Lifecycle<Inputs extends object, State extends object, Digested extends keyof Inputs = never> {
  /** Observes, ensures, returns. Creating and updating are the same, so that a rerun repairs whatever was interrupted. */
  ensure(
    inputs: Inputs,
    before: Recorded<Omit<Inputs, Digested>, State> | undefined,
  ): Promise<{ id: string; state: State }>;
  /** Reads the real thing for `pulumi refresh`; returns undefined when it is gone. Changed `inputs` show as drift. */
  inspect(
    id: string,
    recorded: Recorded<Omit<Inputs, Digested>, State>,
  ): Promise<{ inputs: Inputs; state: State } | undefined>;
  /** Removes the resource. Left out where the data belongs to something that Pulumi removes by itself. */
  remove?(id: string, recorded: Recorded<Omit<Inputs, Digested>, State>): Promise<void>;
  /**
   * Returns reasons to refuse at preview, before any side effect. `before` holds the inputs last applied; `changes` tells whether the
   * resource is to be made or changed.
   */
  check?(before: Inputs | undefined, inputs: Inputs, changes: boolean): UserError[] | Promise<UserError[]>;
  /** Inputs that only `check` is given and that nothing else sees: they are neither compared nor shown nor kept. */
  checkOnly?: (keyof Inputs)[];
  /**
   * Texts of which the outputs hold a digest, to compare them, in place of a second copy that nobody reads. The digest is no secret: a
   * password in such a text must be derived, not chosen by a person.
   */
  digested?: Digested[];
  /** The part of the inputs whose change means work to do; default: all of them. */
  relevant?: (inputs: Inputs) => object;
}

/** Returns reasons of one kind as a `check` gives them. */
export function refuseWith(code: ErrorCode, reasons: readonly string[]): UserError[] {
  return reasons.map((reason) => new UserError(code, reason));
}

/** Returns Pulumi's provider methods for a {@link Lifecycle}. */
export function defineProvider<Inputs extends object, State extends object, Digested extends keyof Inputs = never>(
  lifecycle: Lifecycle<Inputs, State, Digested>,
): Required<pulumi.dynamic.ResourceProvider> {
  type Kept = Omit<Inputs, Digested>;
  const relevant = lifecycle.relevant ?? ((inputs: Inputs): object => inputs);
  /** Returns the inputs as the outputs have them. */
  const keep = (inputs: object): Kept => {
    const kept: Record<string, unknown> = { ...inputs };
    for (const key of (lifecycle.digested ?? []) as string[]) {
      if (typeof kept[key] === "string") kept[`${key}Digest`] = digestOf(kept[key]);
      delete kept[key];
    }
    return kept as Kept;
  };
  const isChange = (olds: object, news: Inputs) => differs(relevant(olds as Inputs), relevant(keep(news) as Inputs));
  return {
    configure,
    check: async (olds: Inputs, news: Inputs) => {
      const before = Object.keys(olds).length > 0 ? olds : undefined;
      const inputs = { ...news };
      for (const key of lifecycle.checkOnly ?? []) delete inputs[key];
      const changes = !before || isChange(keep(before), inputs);
      const reasons = (await lifecycle.check?.(before, news, changes)) ?? [];
      // No property is named: the engine prints the value of a named property, secrets in clear.
      return { inputs, failures: reasons.map(({ text }) => ({ property: "", reason: text })) };
    },
    diff: async (_id: string, olds: Recorded<Kept, State>, news: Inputs) => ({ changes: isChange(olds, news) }),
    create: (inputs: Inputs) =>
      withoutStack(async () => {
        const { id, state } = await lifecycle.ensure(own(inputs), undefined);
        return { id, outs: { ...keep(inputs), state } };
      }),
    update: (_id: string, olds: Recorded<Kept, State>, news: Inputs) =>
      withoutStack(async () => ({ outs: { ...keep(news), state: (await lifecycle.ensure(own(news), olds)).state } })),
    read: (id: string, recorded: Recorded<Kept, State>) =>
      withoutStack(async () => {
        const found = await lifecycle.inspect(id, own(recorded));
        if (found === undefined) return {};
        return { id, props: { ...keep(found.inputs), state: found.state }, inputs: found.inputs };
      }),
    delete: (id: string, recorded: Recorded<Kept, State>) =>
      withoutStack(async () => {
        await lifecycle.remove?.(id, recorded);
      }),
  };
}

/** Tells whether inputs differ, apart from the keys that Pulumi and {@link Recorded} add. */
function differs(before: object, after: object): boolean {
  const inputsOf = (all: object) => ({ ...all, __provider: undefined, state: undefined });
  return !isDeepStrictEqual(inputsOf(before), inputsOf(after));
}

/** Returns the properties without the serialised provider, which is Pulumi's. */
function own<T extends object>(properties: T): T {
  const { __provider: _provider, ...rest } = properties as T & { __provider?: unknown };
  return rest as T;
}

/** The number of calls under way in this process. */
let atWork = 0;
let isWatching = false;

/** Reduces the stack of a user error to its message: Pulumi prints `stack` as well, and such an error is no crash. */
async function withoutStack<T>(work: () => Promise<T>): Promise<T> {
  atWork += 1;
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError) error.message = error.stack = error.text;
    throw error;
  } finally {
    atWork -= 1;
  }
}

/**
 * Ends this process once the engine that started it is gone and the calls under way are finished. Pulumi's dynamic provider does not notice
 * that the CLI was killed: each time one more process would stay for good. Each kind of resource calls this, in the one process that they
 * share. The engine holds the other end of standard input, even with Pulumi's launcher, a shell, in between; a terminal, a file or nothing
 * there says nothing about an engine.
 */
export function leaveWithEngine(): void {
  if (isWatching || !isPipe(0)) return;
  isWatching = true;
  // Looks twice: an answer leaves the process a moment after its work is done.
  const leave = (wasIdle: boolean): void => {
    if (wasIdle && atWork === 0) process.exit();
    setTimeout(leave, 100, atWork === 0);
  };
  process.stdin
    .once("close", () => leave(false))
    .on("error", () => undefined)
    .resume();
}

function isPipe(descriptor: number): boolean {
  const stats = fstatSync(descriptor);
  return stats.isFIFO() || stats.isSocket();
}
