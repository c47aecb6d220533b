#!/usr/bin/env bash
# Starts a Docker engine for the tests where none answers and Debian's may be installed (`start`), and ends it (`stop`).
# It is for machines that are thrown away: with an engine of your own, or without one, it changes nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder="$PWD/var/engine"

start() {
    if docker info >/dev/null 2>&1; then return; fi
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "no Docker engine: only root of a Debian may install one" && return
    fi
    mkdir -p "$folder"
    if ! { apt-get update && apt-get install --yes --no-install-recommends docker.io docker-compose debootstrap iptables; } \
        >"$folder/apt.log" 2>&1; then
        echo "no Docker engine: Debian's could not be installed, see $folder/apt.log" && return
    fi
    nohup dockerd --data-root "$folder/data" --exec-root "$folder/run" --pidfile "$folder/pid" \
        >"$folder/dockerd.log" 2>&1 </dev/null &
    for _ in $(seq 60); do
        if docker info >/dev/null 2>&1; then return; fi
        sleep 0.5
    done
    echo "no Docker engine: it did not start, see $folder/dockerd.log"
}

stop() {
    if [ -e "$folder/pid" ]; then kill "$(cat "$folder/pid")"; fi
}

"$1"
