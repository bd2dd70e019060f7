import { spawn } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";

import {
  type CompletionItem,
  CompletionRequest,
  createProtocolConnection,
  type Diagnostic,
  DidOpenTextDocumentNotification,
  ExitNotification,
  type Hover,
  HoverRequest,
  InitializedNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node.js";
import { afterAll, beforeAll } from "vitest";

import { root } from "./checkout.ts";

/** An editor's requests about a text in `stacks/`, where its modeline finds `schema.json`. */
export interface Editor {
  /** Returns the squiggles, in the order of the text, as "line: message". */
  diagnose(text: string): Promise<string[]>;
  /** Returns the completions at the text's `▮`. */
  complete(text: string): Promise<CompletionItem[]>;
  /** Returns the Markdown shown over `▮`, which stands before the word. */
  hover(text: string): Promise<string>;
}

/** Starts the YAML language server of VS Code's extension over LSP. It has no settings but the modeline and asks no network. */
export function useYamlLanguageServer(): Editor {
  let stop: (() => Promise<void>) | undefined;
  const editor = {} as Editor;
  beforeAll(async () => {
    const started = await start();
    stop = started.stop;
    Object.assign(editor, started.editor);
  });
  afterAll(() => stop?.());
  return editor;
}

async function start(): Promise<{ editor: Editor; stop: () => Promise<void> }> {
  const program = path.join(root, "node_modules/yaml-language-server/bin/yaml-language-server");
  const server = spawn(process.execPath, [program, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const connection = createProtocolConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  const waiting = new Map<string, (diagnostics: Diagnostic[]) => void>();
  connection.onNotification(PublishDiagnosticsNotification.type, ({ uri, diagnostics }) =>
    waiting.get(uri)?.(diagnostics),
  );
  connection.onRequest("workspace/configuration", ({ items }: { items: { section: string }[] }) =>
    items.map(({ section }) =>
      section === "yaml" ? { validate: true, hover: true, completion: true, schemaStore: { enable: false } } : {},
    ),
  );
  connection.onRequest("client/registerCapability", () => null);
  connection.listen();
  const documentation = { documentationFormat: ["markdown" as const], snippetSupport: true };
  await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: pathToFileURL(root).href,
    capabilities: {
      workspace: { configuration: true },
      textDocument: {
        completion: { completionItem: documentation },
        hover: { contentFormat: ["markdown"] },
        publishDiagnostics: {},
      },
    },
    workspaceFolders: null,
  });
  await connection.sendNotification(InitializedNotification.type, {});

  let count = 0;
  const open = async (text: string): Promise<{ uri: string; diagnostics: Diagnostic[] }> => {
    const uri = pathToFileURL(path.join(root, `stacks/Pulumi.editor-${count++}.yaml`)).href;
    const diagnosed = new Promise<Diagnostic[]>((resolve) => waiting.set(uri, resolve));
    await connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId: "yaml", version: 1, text },
    });
    return { uri, diagnostics: await diagnosed };
  };
  /** Opens the text without its mark, and says where that stood. */
  const openMarked = async (marked: string) => {
    const before = marked.slice(0, marked.indexOf("▮")).split("\n");
    const { uri } = await open(marked.replace("▮", ""));
    return { textDocument: { uri }, position: { line: before.length - 1, character: before.at(-1)!.length } };
  };
  const editor: Editor = {
    diagnose: async (text) => {
      const { diagnostics } = await open(text);
      const sorted = diagnostics.sort((a, b) => a.range.start.line - b.range.start.line);
      return sorted.map(({ range, message }) => `${range.start.line + 1}: ${message}`);
    },
    complete: async (marked) => {
      const answer = await connection.sendRequest(CompletionRequest.type, await openMarked(marked));
      return Array.isArray(answer) ? answer : (answer?.items ?? []);
    },
    hover: async (marked) => {
      const answer: Hover | null = await connection.sendRequest(HoverRequest.type, await openMarked(marked));
      const contents = answer?.contents ?? "";
      return typeof contents === "object" && "value" in contents ? contents.value : JSON.stringify(contents);
    },
  };
  const stop = async () => {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    await connection.sendRequest(ShutdownRequest.type);
    await connection.sendNotification(ExitNotification.type);
    await ended;
    connection.dispose();
  };
  return { editor, stop };
}
