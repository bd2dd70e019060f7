-- Links of "forgot password" and of invitations. Only a digest of the token is kept: a stolen backup opens no account.

-- Up Migration
CREATE TABLE "PasswordResetToken" (
  "id" text NOT NULL DEFAULT gen_random_uuid()::text,
  "userId" text NOT NULL,
  "tokenHash" text NOT NULL,
  "expiresAt" timestamp(3) NOT NULL,
  "usedAt" timestamp(3),
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "PasswordResetToken_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "PasswordResetToken_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "PasswordResetToken_expiresAt_check" CHECK ("expiresAt" > "createdAt")
);

CREATE UNIQUE INDEX "PasswordResetToken_tokenHash_key" ON "PasswordResetToken" ("tokenHash");
CREATE INDEX "PasswordResetToken_userId_idx" ON "PasswordResetToken" ("userId");

-- Down Migration
DROP TABLE "PasswordResetToken";
