#!/bin/sh
# Once, when the data volume is empty: a role for Temporal with its two databases, and one for the claims with theirs.
set -eu

psql --quiet --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<'SQL'
\getenv temporal_password TEMPORAL_DB_PASSWORD
\getenv claims_password CLAIMS_DB_PASSWORD
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE ROLE amends LOGIN PASSWORD :'claims_password';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE amends OWNER amends;
REVOKE CONNECT ON DATABASE temporal, temporal_visibility, amends FROM PUBLIC;
SQL
