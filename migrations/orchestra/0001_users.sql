-- People of the orchestra who log in. Columns are named as Prisma's models name them.

-- Up Migration
CREATE TYPE "UserRole" AS ENUM ('ADMIN', 'COORDINATOR', 'VIEWER');
CREATE TYPE "Language" AS ENUM ('sv', 'en');

CREATE TABLE "User" (
  "id" text NOT NULL DEFAULT gen_random_uuid()::text,
  "name" text NOT NULL,
  "email" text NOT NULL,
  "passwordHash" text,
  "mustChangePassword" boolean NOT NULL DEFAULT false,
  "role" "UserRole" NOT NULL DEFAULT 'COORDINATOR',
  "language" "Language" NOT NULL DEFAULT 'sv',
  "isActive" boolean NOT NULL DEFAULT true,
  "lastLoginAt" timestamp(3),
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);
COMMENT ON COLUMN "User"."passwordHash" IS 'PHC string ($scrypt$…); null until an invited user chooses a password.';

-- Prisma looks users up by "email"; the second index keeps A@x.se and a@x.se from being two people.
CREATE UNIQUE INDEX "User_email_key" ON "User" ("email");
CREATE UNIQUE INDEX "User_email_lower_key" ON "User" (lower("email"));

-- Down Migration
DROP TABLE "User";
DROP TYPE "Language";
DROP TYPE "UserRole";
