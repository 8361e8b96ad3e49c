#!/usr/bin/env bash
# Starts Debian's WordPress on a MariaDB of its own, on loopback, for the tests: a site nobody here wrote.
# It never touches a database or a web server of the machine: the data directory, the socket and the copy of the
# WordPress tree live in the folder given, MariaDB opens no TCP port, PHP listens on 127.0.0.1 only.
#
#   wordpress-up.sh FOLDER PORT [OWNER_PID]
#
# Prints KEY='value' lines: LOA_WP_URL, and LOA_WP_<USER> with the application password of admin, editor, author,
# contributor. Run again while it is up, it prints the same lines (the port then is the first caller's). The servers stop
# when no OWNER_PID lives any more, or by wordpress-down.sh.
set -euo pipefail

folder=${1:?usage: wordpress-up.sh FOLDER PORT [OWNER_PID]}
port=${2:?usage: wordpress-up.sh FOLDER PORT [OWNER_PID]}
owner=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$folder/owners"
folder=$(cd "$folder" && pwd)
sock=$folder/db.sock
# A socket's path may have 107 bytes at most.
[ ${#sock} -le 100 ] || sock=/tmp/loa-wp-$(printf %s "$folder" | cksum | cut -d' ' -f1).sock

exec 9>"$folder/lock"
flock 9 # one caller at a time; the others then find it up
[ -z "$owner" ] || : >"$folder/owners/$owner"

alive() { [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }
wait_for() { # wait_for SECONDS COMMAND…: until the command succeeds
  local ends=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $ends ] || { echo "wordpress-up: gave up waiting for: $*" >&2; return 1; }
    sleep 0.1
  done
}

if alive "$folder/php.pid" && alive "$folder/db.pid" && [ -s "$folder/answer" ]; then
  cat "$folder/answer"; exit 0
fi

packages() {
  local missing=() p
  for p in wordpress wordpress-theme-twentytwentythree php-cli php-mysql php-gd php-curl php-xml php-mbstring mariadb-server curl; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  # Packages must start no daemon of their own while we install them.
  local guard=/usr/sbin/policy-rc.d ours=
  if [ ! -e $guard ]; then printf '#!/bin/sh\nexit 101\n' >$guard; chmod 755 $guard; ours=yes; fi
  local ok=0
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } \
    >"$folder/apt.log" 2>&1 || ok=$?
  [ -z "$ours" ] || rm -f $guard
  [ $ok = 0 ] || { tail -n 5 "$folder/apt.log" >&2; return $ok; }
}

database() {
  local user=(); [ "$(id -u)" != 0 ] || user=(--user=root)
  [ -d "$folder/db/mysql" ] || mariadb-install-db --no-defaults "${user[@]}" --datadir="$folder/db" \
    --auth-root-authentication-method=normal --skip-test-db >"$folder/db-install.log" 2>&1
  if ! alive "$folder/db.pid"; then
    rm -f "$sock"
    setsid mariadbd --no-defaults "${user[@]}" --datadir="$folder/db" --socket="$sock" --pid-file="$folder/db.pid" \
      --skip-networking --skip-log-bin --performance-schema=0 --innodb-buffer-pool-size=32M \
      --innodb-flush-log-at-trx-commit=2 >"$folder/db.log" 2>&1 </dev/null 9>&- &
  fi
  wait_for 60 mariadb-admin --no-defaults -uroot --socket="$sock" ping
  mariadb --no-defaults -uroot --socket="$sock" -e "create database if not exists site character set utf8mb4;
    create user if not exists 'site'@'localhost' identified by 'site'; grant all on site.* to 'site'@'localhost'"
}

tree() {
  [ -e "$folder/html/wp-load.php" ] && [ -n "$(ls "$folder/html/wp-content/themes/")" ] && return 0
  rm -rf "$folder/html"; mkdir -p "$folder/html"
  # Debian's tree links into /etc and /var: follow the links, then drop what belongs to the machine.
  cp -rL "${LOA_TEST_WORDPRESS:-/usr/share/wordpress}/." "$folder/html/" 2>/dev/null || true
  rm -rf "$folder/html/wp-config.php" "$folder/html/wp-content/uploads"
  mkdir -p "$folder/html/wp-content/uploads"
}

config() {
  local key
  {
    echo '<?php'
    echo "define('DB_NAME', 'site'); define('DB_USER', 'site'); define('DB_PASSWORD', 'site');"
    echo "define('DB_HOST', 'localhost:$sock'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');"
    for key in AUTH_KEY SECURE_AUTH_KEY LOGGED_IN_KEY NONCE_KEY AUTH_SALT SECURE_AUTH_SALT LOGGED_IN_SALT NONCE_SALT; do
      echo "define('$key', '$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')');"
    done
    echo "define('WP_HOME', 'http://127.0.0.1:$port'); define('WP_SITEURL', 'http://127.0.0.1:$port');"
    # Application passwords work over plain http only on a 'local' site.
    echo "define('WP_ENVIRONMENT_TYPE', 'local');"
    echo "define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true);"
    echo "define('AUTOMATIC_UPDATER_DISABLED', true); define('FS_METHOD', 'direct');"
    echo "\$table_prefix = 'wp_'; if (!defined('ABSPATH')) { define('ABSPATH', __DIR__ . '/'); }"
    echo "require_once ABSPATH . 'wp-settings.php';"
  } >"$folder/html/wp-config.php"
}

serve() {
  local ini=(-d display_errors=0 -d log_errors=1 -d "error_log=$folder/php-error.log" -d upload_max_filesize=32M
    -d post_max_size=32M -d memory_limit=256M)
  php "${ini[@]}" "$here/wordpress-install.php" "$folder/html" "$port" >"$folder/passwords"
  PHP_CLI_SERVER_WORKERS=4 setsid php "${ini[@]}" -S "127.0.0.1:$port" -t "$folder/html" "$here/wordpress-router.php" \
    >"$folder/php.log" 2>&1 </dev/null 9>&- &
  echo $! >"$folder/php.pid"
  wait_for 60 curl -fs -o /dev/null "http://127.0.0.1:$port/wp-json/"
}

packages
database
tree
config
serve
{ echo "LOA_WP_URL='http://127.0.0.1:$port'"; cat "$folder/passwords"; } >"$folder/answer"

# The guard: when the last owner is gone, so are the servers.
if [ -n "$owner" ]; then
  setsid bash -c '
    while :; do
      left=
      for f in "$1"/owners/*; do
        [ -e "$f" ] || continue
        if kill -0 "${f##*/}" 2>/dev/null; then left=yes; else rm -f "$f"; fi
      done
      [ -n "$left" ] || exec "$2" "$1"
      sleep 0.5
    done' guard "$folder" "$here/wordpress-down.sh" >/dev/null 2>&1 </dev/null 9>&- &
fi
cat "$folder/answer"
