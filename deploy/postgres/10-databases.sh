#!/bin/sh
# Runs once, in an empty cluster: a database and a role for each service, each closed to the others.
set -eu
for service in assessment indicators reports; do
    variable="USGA_$(echo "$service" | tr '[:lower:]' '[:upper:]')_PASSWORD"
    eval "password=\${$variable:?}"
    psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
        --set name="usga_$service" --set password="$password" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
