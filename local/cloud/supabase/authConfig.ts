import { createHash } from "node:crypto";
import { z } from "zod";

/**
 * What a new project's Auth service is set to, as far as anybody here may ask. The real answer has about 240 keys, most of them null;
 * a key that is missing reads as null in the provider's client.
 */
export const authDefaults = {
  site_url: "http://localhost:3000",
  uri_allow_list: "",
  disable_signup: false,
  jwt_exp: 3600,
  external_anonymous_users_enabled: false,
  external_email_enabled: true,
  external_phone_enabled: false,
  mailer_allow_unverified_email_sign_ins: false,
  mailer_autoconfirm: false,
  mailer_otp_exp: 3600,
  mailer_otp_length: 6,
  mailer_secure_email_change_enabled: true,
  mfa_max_enrolled_factors: 10,
  mfa_phone_otp_length: 6,
  mfa_totp_enroll_enabled: true,
  mfa_totp_verify_enabled: true,
  oauth_server_enabled: false,
  oauth_server_allow_dynamic_registration: false,
  oauth_server_authorization_path: null,
  password_hibp_enabled: false,
  password_min_length: 6,
  password_required_characters: "",
  rate_limit_anonymous_users: 30,
  rate_limit_email_sent: 2,
  rate_limit_otp: 30,
  rate_limit_sms_sent: 30,
  rate_limit_token_refresh: 150,
  rate_limit_verify: 30,
  refresh_token_rotation_enabled: true,
  security_captcha_enabled: false,
  security_manual_linking_enabled: false,
  security_refresh_token_reuse_interval: 10,
  security_update_password_require_reauthentication: false,
  sessions_single_per_user: false,
  sessions_inactivity_timeout: 0,
  sessions_timebox: 0,
  sms_autoconfirm: false,
  sms_max_frequency: 60,
  sms_otp_exp: 60,
  sms_otp_length: 6,
  sms_provider: "twilio",
  smtp_admin_email: null,
  smtp_host: null,
  smtp_max_frequency: 60,
  smtp_pass: null,
  smtp_port: null,
  smtp_sender_name: null,
  smtp_user: null,
};

/** Flat: names and plain values. Which names exist is not checked. */
export const updateAuthBody = z.record(
  z.string().regex(/^[a-z0-9_]+$/),
  z.union([z.string(), z.number(), z.boolean(), z.null()]),
);

/** Secrets are write-only at Supabase: they are given back as a digest. Here only the digest is kept. */
export function hideSecrets(values: z.infer<typeof updateAuthBody>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      typeof value === "string" && isSecret(key) ? hash(value) : value,
    ]),
  );
}

function isSecret(key: string): boolean {
  return /_(secrets?|pass|auth_token|access_key|api_key)$/.test(key);
}

function hash(value: string): string {
  return value === "" ? "" : createHash("sha256").update(value).digest("hex");
}
