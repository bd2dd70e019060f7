import { html } from "hono/html";
import type { SignedIn } from "./logIn.ts";

/** All values are escaped by hono's `html`. The pages are in Swedish, as the service is. */

export function loginPage({ orchestra, failedEmail }: { orchestra: string; failedEmail?: string }) {
  const failed = failedEmail !== undefined;
  const error = html`<p class="alert" role="alert" id="fel">
    <strong>Det gick inte att logga in.</strong> <span>E-postadressen</span> eller lösenordet stämmer inte.
  </p>`;
  return page(
    failed ? `Fel vid inloggning – ${orchestra}` : `Logga in – ${orchestra}`,
    html`
      <p class="eyebrow">Vikarier och uppdrag</p>
      <h1>${orchestra}</h1>
      ${failed ? error : html`<p class="lead">Logga in för att hantera förfrågningar och uppdrag.</p>`}
      <form method="post" action="/login">
        <label for="email">E-postadress</label>
        <input
          id="email"
          name="email"
          type="email"
          autocomplete="username"
          required
          value="${failedEmail ?? ""}"
          ${failed ? html`aria-invalid="true" aria-describedby="fel"` : html`autofocus`}
        />
        <label for="password">Lösenord</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          ${failed ? html`aria-invalid="true" aria-describedby="fel" autofocus` : ""}
        />
        <button type="submit">Logga in</button>
      </form>
      <p class="hint">Har du glömt lösenordet? Hör av dig till orkesterns administratör.</p>
    `,
  );
}

export function signedInPage({ orchestra, user }: { orchestra: string; user: SignedIn }) {
  const mustChange = html`<p class="notice" role="status">
    <strong>Du måste byta lösenord.</strong> Du är inloggad med ett engångslösenord. Välj ett eget innan du går vidare.
  </p>`;
  return page(
    `Inloggad – ${orchestra}`,
    html`
      <p class="eyebrow">Inloggad</p>
      <h1>${orchestra}</h1>
      ${user.mustChangePassword ? mustChange : ""}
      <dl>
        <dt>Namn</dt>
        <dd>${user.name}</dd>
        <dt>E-postadress</dt>
        <dd>${user.email}</dd>
        <dt>Roll</dt>
        <dd>${roles[user.role] ?? user.role}</dd>
      </dl>
      <p class="hint"><a href="/">Logga ut</a></p>
    `,
  );
}

/** Returns a page that says why there is nothing else to see. */
export function noticePage(kind: "unknown" | "missing" | "closed" | "unreachable", orchestra?: string) {
  const { title, text } = notices[kind];
  return page(
    title,
    html`
      <p class="eyebrow">${orchestra ?? "StageSub"}</p>
      <h1>${title}</h1>
      <p class="lead">${text}</p>
      ${kind === "missing" ? html`<p class="hint"><a href="/">Till inloggningen</a></p>` : ""}
    `,
  );
}

const roles: Record<string, string | undefined> = {
  ADMIN: "Administratör",
  COORDINATOR: "Orkesterkoordinator",
  VIEWER: "Läsare",
};

const notices = {
  unknown: {
    title: "Ingen orkester här",
    text: "Adressen hör inte till någon orkester. Kontrollera att den är rätt stavad.",
  },
  missing: { title: "Sidan finns inte", text: "Länken kan vara gammal eller felstavad." },
  closed: {
    title: "Orkestern är inte öppen just nu",
    text: "Tjänsten är pausad eller håller på att ställas i ordning. Försök igen senare.",
  },
  unreachable: {
    title: "Tillfälligt ur funktion",
    text: "Vi når inte orkesterns uppgifter just nu. Försök igen om en stund.",
  },
};

function page(title: string, content: ReturnType<typeof html>) {
  return html`<!doctype html>
    <html lang="sv">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="stylesheet" href="/app.css" />
      </head>
      <body>
        <header><span class="brand">StageSub</span></header>
        <main>${content}</main>
        <footer>Lokal testmiljö – här finns inga riktiga uppgifter.</footer>
      </body>
    </html>`;
}
