#!/bin/sh
# Gives the API its login, before the first migration. The image runs it when the volume is empty. Run it again by hand
# after a change of the password: docker compose exec db sh /docker-entrypoint-initdb.d/100_footfall_api.sh
# The password is in the environment, since everybody can read a process's arguments.
PGOPTIONS="-c footfall.api_password=$(cat "${API_PASSWORD_FILE:-/run/secrets/api_password}")" \
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
         --file "${API_SQL:-/footfall/footfall_api.sql}"
