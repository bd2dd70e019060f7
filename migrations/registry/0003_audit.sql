-- What became of each orchestra, when, and by whose hand. Rows are only ever added: the program cannot change or remove
-- one, and a person must first take the trigger away, as the table's owner.

-- Up Migration
CREATE TABLE stagesub.audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  stack text NOT NULL,
  orchestra text NOT NULL,
  action text NOT NULL CHECK (action ~ '^[a-z]+$'),
  detail jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(detail) = 'object'),
  actor text NOT NULL
);
COMMENT ON COLUMN stagesub.audit.detail IS 'What changed, from and to. Never a secret, never a person''s data.';
COMMENT ON COLUMN stagesub.audit.actor IS 'user@machine, or the account that started the job in CI.';

CREATE INDEX audit_stack_orchestra_id_idx ON stagesub.audit (stack, orchestra, id);

CREATE FUNCTION stagesub.refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'stagesub.audit is append-only: refusing to % its rows', lower(TG_OP) USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stagesub.audit
  FOR EACH STATEMENT EXECUTE FUNCTION stagesub.refuse_audit_change();

-- Down Migration
DROP TABLE stagesub.audit;
DROP FUNCTION stagesub.refuse_audit_change();
