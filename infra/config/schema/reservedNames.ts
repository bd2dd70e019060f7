/**
 * Subdomains that no orchestra may have, with the reason that its refusal gives. The one list: extend it here.
 * A name on it either has a meaning to software (mail clients look up `autodiscover`, browsers trust `www`), belongs
 * to StageSub itself, or would let an orchestra pose as StageSub's staff.
 */
const reasons: Record<string, string> = {
  "it is StageSub's own address": `
    www web app apps api graphql stagesub my go link links home start`,
  "it would look like StageSub's administration": `
    admin administrator superadmin root sysadmin webmaster hostmaster postmaster abuse security
    support help billing account accounts auth login sso id oauth saml`,
  "mail software looks it up": `
    mail email smtp imap pop pop3 mx mx1 mx2 webmail autoconfig autodiscover mta-sts newsletter
    bounce bounces`,
  "name servers and protocols use it": `
    ns ns1 ns2 ns3 ns4 dns ftp sftp ssh vpn wpad isatap localhost local ldap ntp proxy gateway cname`,
  "StageSub keeps it for its own services": `
    status blog docs news press about legal privacy terms shop store cdn assets static media img
    images files download downloads upload uploads db database postgres supabase pool registry
    metrics monitor monitoring grafana logs backup git ci internal intranet dashboard portal`,
  "it names an environment, not an orchestra": `
    dev development test testing staging stage preview production prod beta alpha demo sandbox qa
    example`,
};

/** Reserved subdomain → why. */
export const reservedNames: ReadonlyMap<string, string> = new Map(
  Object.entries(reasons).flatMap(([reason, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, reason] as const),
  ),
);
