#!/bin/sh
# Makes the secrets that docker-compose.yml mounts, once: an existing file is never touched, because data may be sealed with it.
# The folder is closed to other people of this machine; the files are readable, because containers read them under other user ids.
set -eu
cd "$(dirname "$0")/../.."
umask 077
mkdir -p secrets

random() { head -c "$1" /dev/urandom | base64 | tr -d '\n'; }
word() { random 32 | tr -dc 'A-Za-z0-9' | head -c 32; }
make() {
  [ -e "secrets/$1" ] && return
  printf '%s' "$2" >"secrets/$1"
  chmod 444 "secrets/$1"
  echo "made secrets/$1"
}

make passerelle_key "$(random 32)"
make postgres_password "$(word)"
make redis_password "$(word)"
make qdrant_api_key "$(word)"
make admin_password "$(word)"
make midpoint_password "$(word)"
make database_url "postgres://passerelle:$(cat secrets/postgres_password)@postgres:5432/passerelle"
make redis_url "redis://:$(cat secrets/redis_password)@redis:6379"
