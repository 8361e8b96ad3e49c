#!/usr/bin/env bash
# Stops what wordpress-up.sh started in FOLDER, by the process ids it wrote there, and nothing else. Keeps the data.
set -euo pipefail
folder=$(cd "${1:?usage: wordpress-down.sh FOLDER}" && pwd)
exec 9>"$folder/lock"
flock 9
for name in php db; do
  file=$folder/$name.pid
  [ -s "$file" ] || continue
  pid=$(cat "$file")
  # Both were started with setsid: the group holds PHP's workers too.
  kill -- "-$pid" 2>/dev/null || kill "$pid" 2>/dev/null || true
  for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  kill -9 -- "-$pid" 2>/dev/null || true
  rm -f "$file"
done
rm -f "$folder/answer"
