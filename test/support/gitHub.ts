import type { AddressInfo } from "node:net";

import { serve } from "@hono/node-server";
import { type Context, Hono } from "hono";

/** A comment or an issue, as GitHub's REST API gives it, as far as anybody asks. */
export interface Post {
  id: number;
  number: number;
  html_url: string;
  body: string;
  title?: string;
  state: string;
  labels: { name: string }[];
  user: { login: string };
}

/** A fault of one request, once. */
export interface Failure {
  method: string;
  /** Part of its path. */
  path: string;
  status: number;
  body?: object | string;
  headers?: Record<string, string>;
  /** The request takes effect, and only the answer is another. */
  isDone?: true;
}

export interface LoopbackGitHub {
  url: string;
  /** Of every issue and pull request together: tests use one. */
  comments: Post[];
  /** The newest last. */
  issues: Post[];
  /** "GET /repos/o/r/issues/12/comments?per_page=100&page=2", in the order they came. */
  requests: string[];
  failures: Failure[];
  /** Whether the token may write. */
  mayWrite: boolean;
  addComment(login: string, body: string): Post;
  addIssue(login: string, issue: Partial<Post>): Post;
  stop(): Promise<void>;
}

/** The login of the token: a workflow's own. */
export const own = "github-actions[bot]";
export const token = "ghs_loopback0123456789";

/**
 * GitHub's API on loopback, for comments and issues: pages of at most 100 that are found by their Link header alone, the
 * token's login over GraphQL alone (a job's own token may not ask for /user), 401, 403, 404 and 422 as GitHub words them. It does
 * not show that GitHub itself answers so (its documentation was read), abuse limits, and how fast it is.
 */
export async function startGitHub(): Promise<LoopbackGitHub> {
  let last = 1000;
  const state = { comments: [] as Post[], issues: [] as Post[], requests: [] as string[], failures: [] as Failure[] };
  const make = (login: string, post: Partial<Post>): Post => {
    const number = ++last;
    const html_url = `https://github.test/${number}`;
    return { id: number, number, html_url, body: "", state: "open", labels: [], user: { login }, ...post };
  };
  const gitHub: LoopbackGitHub = {
    ...state,
    url: "",
    mayWrite: true,
    addComment: (login, body) => state.comments[state.comments.push(make(login, { body })) - 1]!,
    addIssue: (login, issue) => state.issues[state.issues.push(make(login, issue)) - 1]!,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };

  const app = new Hono();
  app.use(async (context, next) => {
    const { pathname, search } = new URL(context.req.url);
    state.requests.push(`${context.req.method} ${pathname}${search}`);
    const failing = state.failures.findIndex(
      ({ method, path }) => method === context.req.method && pathname.includes(path),
    );
    const [failure] = failing < 0 ? [] : state.failures.splice(failing, 1);
    const isKnown = /^(token|bearer) (.*)$/i.exec(context.req.header("authorization") ?? "")?.[2] === token;
    if (failure && !failure.isDone) context.res = answer(failure);
    else if (!isKnown) context.res = answer({ status: 401, body: { message: "Bad credentials" } });
    else if (context.req.method !== "GET" && pathname !== "/graphql" && !gitHub.mayWrite)
      context.res = answer({ status: 403, body: { message: "Resource not accessible by integration" } });
    else {
      await next();
      if (failure) context.res = answer(failure);
    }
  });
  app.post("/graphql", (context) => context.json({ data: { viewer: { login: own } } }));
  app.get("/user", () => answer({ status: 403, body: { message: "Resource not accessible by integration" } }));
  app.get("/repos/:owner/:repo/issues/:number/comments", (context) => pageOf(context, state.comments));
  app.post("/repos/:owner/:repo/issues/:number/comments", async (context) => {
    const { body } = await context.req.json<{ body: string }>();
    return tooLong(body) ?? context.json(gitHub.addComment(own, body), 201);
  });
  app.patch("/repos/:owner/:repo/issues/comments/:id", async (context) => {
    const { body } = await context.req.json<{ body: string }>();
    const comment = state.comments.find(({ id }) => id === Number(context.req.param("id")));
    if (!comment) return notFound();
    return tooLong(body) ?? context.json(Object.assign(comment, { body }));
  });
  app.get("/repos/:owner/:repo/issues", (context) => {
    const { labels, state: wanted = "open" } = context.req.query();
    const isAsked = (issue: Post) =>
      (wanted === "all" || issue.state === wanted) && (!labels || issue.labels.some(({ name }) => name === labels));
    return pageOf(context, state.issues.filter(isAsked).reverse());
  });
  app.post("/repos/:owner/:repo/issues", async (context) => {
    const { labels, ...rest } = await context.req.json<{ title: string; body: string; labels: string[] }>();
    return context.json(gitHub.addIssue(own, { ...rest, labels: labels.map((name) => ({ name })) }), 201);
  });
  app.patch("/repos/:owner/:repo/issues/:number", async (context) => {
    const issue = state.issues.find(({ number }) => number === Number(context.req.param("number")));
    return issue ? context.json(Object.assign(issue, await context.req.json())) : notFound();
  });
  app.notFound(notFound);

  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 });
  await new Promise<void>((resolve) => server.once("listening", resolve));
  gitHub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return gitHub;
}

function pageOf(context: Context, all: Post[]): Response {
  const url = new URL(context.req.url);
  const size = Math.min(Number(url.searchParams.get("per_page") ?? 30), 100);
  const page = Number(url.searchParams.get("page") ?? 1);
  const at = (number: number, rel: string) => {
    url.searchParams.set("page", String(number));
    return `<${url.href}>; rel="${rel}"`;
  };
  const last = Math.ceil(all.length / size);
  if (page < last) context.header("link", [at(page + 1, "next"), at(last, "last")].join(", "));
  return context.json(all.slice((page - 1) * size, page * size));
}

function tooLong(body: string): Response | undefined {
  if (body.length <= 65_536) return undefined;
  const message = "Validation Failed: Body is too long (maximum is 65536 characters)";
  return answer({ status: 422, body: { message } });
}

function notFound(): Response {
  return answer({ status: 404, body: { message: "Not Found" } });
}

function answer({ status, body = {}, headers }: Pick<Failure, "status" | "body" | "headers">): Response {
  if (typeof body === "string")
    return new Response(body, { status, headers: { "content-type": "text/html", ...headers } });
  return Response.json(
    { documentation_url: "https://docs.github.com/rest", ...body },
    { status, ...(headers && { headers }) },
  );
}
