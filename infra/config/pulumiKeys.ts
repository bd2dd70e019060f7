/** The keys that Pulumi itself writes beside `config:`. */
export const pulumiKeys = {
  encryptionsalt: {
    type: "string",
    description: "Pulumi: the salt of the passphrase that encrypts this stack's secrets.",
  },
  secretsprovider: { type: "string", description: "Pulumi: the key service that encrypts this stack's secrets." },
  encryptedkey: { type: "string", description: "Pulumi: the encrypted data key of that service." },
  environment: { description: "Pulumi: ESC environments that this stack imports." },
} satisfies Record<string, Record<string, unknown>>;
