#!/bin/sh
# Runs once, when the database is made. `columba_owner` owns the database and migrates it; `columba_app` reads and
# writes rows and nothing else. No container of Columba's knows the superuser's password.
set -eu
export SECRETS="${SECRETS:-/run/secrets}"
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --set database="$POSTGRES_DB" \
    --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\set owner_password `cat "$SECRETS/postgres_owner_password"`
\set app_password `cat "$SECRETS/postgres_app_password"`
BEGIN;
CREATE ROLE columba_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE columba_app LOGIN PASSWORD :'app_password';
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER DATABASE :"database" OWNER TO columba_owner;
GRANT CONNECT ON DATABASE :"database" TO columba_app;
GRANT USAGE ON SCHEMA public TO columba_app;
ALTER DEFAULT PRIVILEGES FOR ROLE columba_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO columba_app;
ALTER DEFAULT PRIVILEGES FOR ROLE columba_owner IN SCHEMA public
    GRANT USAGE ON SEQUENCES TO columba_app;
COMMIT;
SQL
