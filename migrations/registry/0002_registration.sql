-- Which row of "Orchestra" belongs to which orchestra of which stack. No foreign key: the app's table stays free of ours.

-- Up Migration
CREATE TABLE stagesub.registration (
  stack text NOT NULL,
  orchestra text NOT NULL,
  row_id text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (stack, orchestra)
);

-- Down Migration
DROP TABLE stagesub.registration;
