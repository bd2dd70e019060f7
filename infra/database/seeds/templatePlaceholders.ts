/**
 * The values that the app fills into each e-mail template, by template and placeholder. A template may use these and no others;
 * it must use the `required` placeholders, without which the mail is useless.
 */
export const templatePlaceholders = {
  welcome: describe({
    recipientName: "the new user's name",
    loginUrl: required("the orchestra's login page"),
    expiresIn: "how long the one-time password is good for, such as “7 dagar”",
  }),
  "password-reset": describe({
    recipientName: "the user's name",
    resetUrl: required("the page on which a new password is chosen, with a one-time token"),
    expiresIn: "how long the link is good for, such as “60 minuter”",
  }),
  request: describe({ ...aboutRequest(), message: "what the orchestra adds in its own words; may be empty" }),
  reminder: describe({ ...aboutRequest(), hoursLeft: "how many hours are left to answer" }),
  accepted: describe({ ...aboutEngagement(), fee: "the fee with its currency" }),
  declined: describe(aboutEngagement()),
  cancelled: describe({ ...aboutEngagement(), reason: "why, in the orchestra's words; may be empty" }),
  filled: describe(aboutEngagement()),
} as const;

export type TemplateName = keyof typeof templatePlaceholders;

export interface Placeholder {
  name: string;
  meaning: string;
  required: boolean;
}

function aboutEngagement() {
  return {
    musicianName: "the substitute's name",
    instrument: "the instrument and part, such as “Violin II”",
    productionTitle: required("the production's title"),
    productionDates: "first and last day with times, written out in the template's language",
    venue: "where it is played",
    contactName: "the orchestra's contact for this production",
    contactEmail: "and the contact's e-mail",
  };
}

function aboutRequest() {
  return {
    ...aboutEngagement(),
    fee: "the fee with its currency",
    respondBy: "date and time by which to answer",
    acceptUrl: required("the page that says yes"),
    declineUrl: required("the page that says no"),
  };
}

function required(meaning: string): { required: string } {
  return { required: meaning };
}

type Meanings = Record<string, string | { required: string }>;

/** Lists a template's placeholders; every template may name the orchestra. */
function describe(placeholders: Meanings): Placeholder[] {
  const all: Meanings = { orchestraName: "the orchestra's display name", ...placeholders };
  return Object.entries(all).map(([name, meaning]) =>
    typeof meaning === "string"
      ? { name, meaning, required: false }
      : { name, meaning: meaning.required, required: true },
  );
}
