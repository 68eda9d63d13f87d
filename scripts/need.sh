# Sourced by the other scripts: finds programs, installs them where we may, else says what to install.

# May we install? As root on Debian, unless told otherwise.
may_install() {
    [ "$(id -u)" = 0 ] && [ -x /usr/bin/apt-get ] && [ "${SEBAR_INSTALL:-yes}" != never ]
}

# apt PACKAGE…: installs packages, quietly while all goes well.
apt() {
    local log
    log=$(mktemp)
    if ! { apt-get -q update && DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=120 install "$@"; } >"$log" 2>&1 </dev/null; then
        grep '^E:' "$log" >&2 || tail -n 3 "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

# need COMMAND ADVICE PACKAGE…: ends the script with one line when COMMAND is missing and cannot be installed.
need() {
    local command=$1 advice=$2
    shift 2
    command -v "$command" >/dev/null && return
    if [ $# -gt 0 ] && may_install; then
        echo "Installing $* with apt-get (for \`$command\`)."
        apt "$@" && command -v "$command" >/dev/null && return
    fi
    echo "\`$command\` is missing: $advice" >&2
    exit 1
}

need_rust() {
    need cargo "install Rust from https://rustup.rs (then open a new terminal)"
    need cc "install a C compiler (Debian: sudo apt-get install build-essential; macOS: xcode-select --install)" \
        build-essential
}

need_node() {
    need node "install Node.js 18 or newer (Debian: sudo apt-get install nodejs npm; macOS: brew install node)" nodejs
    need npm "install npm (Debian: sudo apt-get install npm; macOS: brew install node)" npm
    local version
    version=$(node --version)
    version=${version#v}
    if [ "${version%%.*}" -lt 18 ]; then
        echo "Node.js $version is too old: install 18 or newer" >&2
        exit 1
    fi
}

# Where a Chromium is; nothing when there is none. SEBAR_CHROMIUM names another.
find_chromium() {
    local candidate
    for candidate in ${SEBAR_CHROMIUM:+"$SEBAR_CHROMIUM"} chromium chromium-browser google-chrome-stable google-chrome \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
        "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
        if command -v "$candidate"; then
            return
        fi
    done
}

# Sets SEBAR_CHROMIUM for the browser tests.
need_chromium() {
    SEBAR_CHROMIUM=$(find_chromium)
    if [ -z "$SEBAR_CHROMIUM" ] && may_install; then
        echo "Installing chromium with apt-get (for the browser tests)."
        apt chromium || true
        SEBAR_CHROMIUM=$(find_chromium)
    fi
    if [ -z "$SEBAR_CHROMIUM" ]; then
        echo "Chromium is missing: install it (Debian: sudo apt-get install chromium; macOS: brew install --cask chromium) or set SEBAR_CHROMIUM" >&2
        exit 1
    fi
    export SEBAR_CHROMIUM
}

# Installs Postfix and Dovecot for the tests that speak to real ones, on a build server only: nobody who runs
# the tests shall find a mail server on his machine afterwards. Without them those tests are skipped.
want_mail_servers() {
    local missing=()
    [ -x /usr/sbin/postfix ] || missing+=(postfix)
    [ -x /usr/lib/dovecot/lmtp ] || missing+=(dovecot-imapd dovecot-pop3d dovecot-lmtpd)
    if [ ${#missing[@]} -eq 0 ] && [ "$(id -u)" = 0 ]; then
        return
    fi
    if [ "${CI:-}" = true ] && may_install; then
        echo "Installing ${missing[*]} with apt-get (for tests with real mail servers)."
        # Their services are not to be started.
        local policy=/usr/sbin/policy-rc.d
        [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"; }
        apt "${missing[@]}" && return
    fi
    echo "SKIPPED: the tests with a real Postfix and Dovecot, which are not installed here or need root."
}

# Installs what clients of other languages need: PHP's and Perl's on a build server only, Python's into the
# target folder. Tests of those that are missing are skipped, and say so.
want_clients() {
    local missing=() packages=${CARGO_TARGET_DIR:-$PWD/target}/clients-python
    command -v php >/dev/null || missing+=(php-cli)
    [ -e /usr/share/php/libphp-phpmailer/autoload.php ] || missing+=(libphp-phpmailer)
    command -v swaks >/dev/null || missing+=(swaks)
    if [ ${#missing[@]} -gt 0 ] && [ "${CI:-}" = true ] && may_install; then
        echo "Installing ${missing[*]} with apt-get (for tests with clients that others wrote)."
        apt "${missing[@]}" || true
    fi
    if ! fresh "$packages/installed" tests/clients/requirements.txt; then
        rm -rf "$packages"
        if python3 -m venv "$packages" && "$packages/bin/pip" install --quiet --disable-pip-version-check -r tests/clients/requirements.txt; then
            touch "$packages/installed"
        fi
    fi
    if [ -e "$packages/installed" ]; then
        export SEBAR_CLIENTS_PYTHON=$packages/bin/python
    else
        echo "SKIPPED: the tests with clients in Python, which could not be installed."
    fi
}

# fresh STAMP SOURCE…: whether STAMP is newer than every file in the sources.
fresh() {
    local stamp=$1
    shift
    [ -e "$stamp" ] && [ -z "$(find "$@" -newer "$stamp" -print -quit)" ]
}

# npm_ci FOLDER: installs what its lock file says, unless that is done.
npm_ci() {
    fresh "$1/node_modules/.package-lock.json" "$1/package-lock.json" && return
    (cd "$1" && npm ci --no-audit --no-fund --loglevel=error </dev/null)
    touch "$1/node_modules/.package-lock.json"
}
