-- The main database's list of orchestras. The app's own "Orchestra" may be there already, made by Prisma: then only the
-- columns that are missing are added, nullable, and nothing else of it is touched.

-- Up Migration
-- accept: do-block: makes the table only where the app has not made it, which no plain statement can ask
DO $$
BEGIN
  IF to_regclass('public."Orchestra"') IS NOT NULL THEN
    RETURN;
  END IF;
  CREATE TABLE public."Orchestra" (
    "id" text NOT NULL DEFAULT gen_random_uuid()::text,
    "name" text NOT NULL,
    "subdomain" text NOT NULL,
    "databaseUrl" text NOT NULL,
    "status" text NOT NULL,
    "contactName" text NOT NULL,
    "contactEmail" text NOT NULL,
    "setupDate" date NOT NULL,
    "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "Orchestra_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "Orchestra_status_check" CHECK ("status" IN ('Pending', 'Active', 'Suspended', 'Retired'))
  );
  -- "databaseUrl" opens an orchestra's data: nobody but the table's owner sees it, and Supabase's Data API least of all.
  ALTER TABLE public."Orchestra" ENABLE ROW LEVEL SECURITY;
  REVOKE ALL ON public."Orchestra" FROM PUBLIC;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'anon') THEN
    REVOKE ALL ON public."Orchestra" FROM anon;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'authenticated') THEN
    REVOKE ALL ON public."Orchestra" FROM authenticated;
  END IF;
END
$$;

ALTER TABLE public."Orchestra" ADD COLUMN IF NOT EXISTS "databaseUrl" text;
ALTER TABLE public."Orchestra" ADD COLUMN IF NOT EXISTS "status" text;
ALTER TABLE public."Orchestra" ADD COLUMN IF NOT EXISTS "contactName" text;
ALTER TABLE public."Orchestra" ADD COLUMN IF NOT EXISTS "contactEmail" text;
ALTER TABLE public."Orchestra" ADD COLUMN IF NOT EXISTS "setupDate" date;
ALTER TABLE public."Orchestra" ADD COLUMN IF NOT EXISTS "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
ALTER TABLE public."Orchestra" ADD COLUMN IF NOT EXISTS "updatedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

CREATE UNIQUE INDEX IF NOT EXISTS "Orchestra_subdomain_key" ON public."Orchestra" ("subdomain");

-- Down Migration
-- Nothing: whether the table was made here or by the app is not known any more.
SELECT 1;
