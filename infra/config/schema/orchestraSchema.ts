import { z } from "zod";
import { isDate } from "../checks/checkForm.ts";
import { refuseDisplayName, refuseEmail, subdomainRules } from "./names.ts";
import { textField } from "./textField.ts";
import type { Refusal } from "./textField.ts";

export const orchestraExample = {
  name: "Malmö Symfoniorkester",
  contact: { name: "Orkesterkontoret", email: "kontoret@example.se" },
  since: "2026-11-22",
};

/** The snippet that editors insert for a new orchestra. Its date is in quotes, which editors leave out of an example. */
export const newOrchestra = {
  label: "new orchestra",
  description: "An orchestra with a Supabase project of its own.",
  body: {
    "${1:malmo}": {
      name: "${2:Malmö Symfoniorkester}",
      contact: { name: "${3:Orkesterkontoret}", email: "${4:kontoret@example.se}" },
      since: '"${5:2026-11-22}"',
    },
  },
};

const contactSchema = z
  .strictObject({
    name: textField({
      description: "Who is asked when something is to be decided: a person or an office.",
      expected: "a name on one line",
      example: "Orkesterkontoret",
      refuse: refuseDisplayName,
    }),
    email: textField({
      description:
        "Their e-mail address. It is also the first administrator's login. The domain may hold å, ä and ö; what stands before the @ may not.",
      expected: "an e-mail address",
      example: "kontoret@example.se",
      pattern: /^[^@\s]+@[^@\s]+\.[^@\s]+$/,
      rule: "it is no e-mail address",
      refuse: refuseEmail,
    }),
  })
  .meta({
    title: "Contact",
    description: "Whom StageSub writes to about this orchestra.",
    examples: [orchestraExample.contact],
  });

/** The states of an orchestra, in the order of its life. */
export const orchestraStates = ["active", "suspended", "retired"] as const;

export type LifecycleState = (typeof orchestraStates)[number];

/** One orchestra, as a stack file declares it. */
export const orchestraSchema = z
  .strictObject({
    name: textField({
      description: "The name as musicians read it, in any script: at most 200 printable characters.",
      expected: "the orchestra's name on one line",
      example: "Malmö Symfoniorkester",
      refuse: refuseDisplayName,
    }),
    subdomain: textField(subdomainRules).optional(),
    contact: contactSchema,
    since: textField({
      description: 'The set-up date, in quotes: "2026-11-22". Without quotes YAML makes a timestamp of it.',
      expected: 'a date in quotes, such as "2026-11-22"',
      example: "2026-11-22",
      pattern: /^\d{4}-\d{2}-\d{2}$/,
      rule: "it is no date of the form YYYY-MM-DD",
      refuse: refuseDate,
      snippet: '"${1:2026-11-22}"',
    }),
    database: textField({
      description:
        "Where its database comes from. Left out: a Supabase project of its own. `pool-3`: claims that warm database of the pool, which takes seconds. " +
        "`adopted`: a database that exists already, its URLs under stagesub:adopted. Changing this replaces nothing by itself: it is refused while data would be lost.",
      expected: "pool-N (such as pool-3) or adopted, or no such key for a project of its own",
      example: "pool-3",
      pattern: /^(adopted|pool-[1-9]\d{0,5})$/,
      rule: "it is neither a pool database's name nor `adopted`",
    }).optional(),
    passwordVersion: z
      .int()
      .min(1)
      .max(9999)
      .meta({
        description:
          "Version of its database's passwords; left out: 1. A higher number makes new ones: the app gets another login, and the one before it stays valid for " +
          "three days. It never goes down. `./stagesub rotate <id>` raises it.",
        examples: [2],
      })
      .optional(),
    state: z
      .enum(orchestraStates)
      .meta({
        description:
          "How it is; left out: active. `suspended`: its page says so and nobody signs in; name, data and migrations stay. `retired`: its database is backed up, " +
          "the app shut out, the name taken away, its Supabase project paused. `./stagesub suspend|resume|retire <id>` writes it.",
        examples: ["suspended"],
      })
      .optional(),
    protect: z
      .boolean()
      .meta({
        description:
          "Whether Pulumi refuses to delete it; left out: true, unless stagesub:supabase.protect says otherwise. `false`, allowed beside `state: retired` alone, lets the " +
          "next change take these lines out, which deletes its project, its database and its row for good.",
        examples: [false],
      })
      .optional(),
  })
  .meta({
    title: "Orchestra",
    description: "One orchestra: its database, its subdomain and its registration follow from these lines.",
    examples: [orchestraExample],
  });

function refuseDate(text: string): Refusal | undefined {
  const timestamp = /^(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}:\d{2}/.exec(text)?.[1];
  if (timestamp !== undefined) {
    return { why: "without quotes YAML makes a timestamp of a date", remedy: `write it in quotes: "${timestamp}"` };
  }
  // Of another form the pattern says it.
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || isDate(text)) return undefined;
  return { why: "there is no such day in the calendar", remedy: 'write a day that exists, such as "2026-11-22"' };
}
