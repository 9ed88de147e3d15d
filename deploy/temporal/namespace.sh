#!/bin/sh
# The namespace of the claims, with the time its closed histories are kept. May run again: it then sets that time.
set -eu

# By its number: with Docker's name service the command may wait in vain for a record that only load balancers have.
host=${TEMPORAL_ADDRESS%:*}
number=$(getent ahosts "$host" | awk '/STREAM/ {print $1; exit}')
export TEMPORAL_ADDRESS="${number:-$host}:${TEMPORAL_ADDRESS##*:}"

# A minute at most: until the server answers, and until a new namespace is known to all of it.
patiently() {
    tries=60
    until "$@"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || exit 1
        sleep 1
    done
}

of_namespace() {
    verb=$1
    shift
    temporal operator namespace "$verb" --namespace "$TEMPORAL_NAMESPACE" "$@"
}

patiently temporal operator cluster health
of_namespace describe >/dev/null 2>&1 || of_namespace create --retention "$RETENTION"
patiently of_namespace update --retention "$RETENTION"
