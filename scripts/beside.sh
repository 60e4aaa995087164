# shellcheck shell=bash
# Read by install-bird and install-speakers: packages of a Debian suite, put into one folder beside the machine's own.
#
# The law of this file: it writes to $folder and to a temporary folder, nowhere else. apt gets lists, cache,
# status and configuration of its own, so no package is installed, no source added, no service started or enabled,
# no hook of the machine run, and no root needed. The archive is whichever one this machine's apt already uses; its
# signature is checked with Debian's archive keyring, and apt refuses what does not match it. A folder appears under
# its name only when it is finished, so a run that was cut short leaves nothing that looks installed.
#
# Who reads this sets: suite, packages (words), folder, label (first line of $folder/SOURCE), size (for people), and
# the functions `write_programs` (fills $staging/bin from $staging/root) and `starts` (is 0 where $1/bin runs).

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
fail() { say "$@"; exit 1; }

already_there() {
  [[ -d $folder/bin ]] || return 1
  [[ "$(head -n 1 "$folder/SOURCE" 2>/dev/null)" == "$label" ]] ||
    fail "\`$folder\` holds something else than $label; name another folder, or remove that one"
  starts "$folder"
}

# Three tries: a mirror that is being updated answers with a wrong size for a moment.
three_times() {
  local pause
  for pause in 2 5 0; do
    "$@" && return 0
    [[ $pause == 0 ]] || { say "\`$1 ${*: -1}\` failed; once more in $pause s"; sleep "$pause"; }
  done
  return 1
}

# apt with nothing of the machine in it but how to reach the archive: proxy, certificates, credentials.
configure_apt() {
  mkdir -p "$work"/{state/lists/partial,cache/archives/partial,packages}
  : >"$work/state/status"
  {
    apt-config dump --no-empty Acquire
    cat <<CONFIG
#clear Acquire::Languages;
Acquire::Languages { "none"; };
Acquire::Retries "3";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
APT::Get::AllowUnauthenticated "false";
APT::Update::Error-Mode "any";
APT::Sandbox::User "root";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State "$work/state";
Dir::State::status "$work/state/status";
Dir::Cache "$work/cache";
CONFIG
  } >"$work/apt.conf"
}

# The archives that apt on this machine takes packages from, before our configuration replaces its own.
archives() {
  apt-get indextargets --no-release-info --format '$(REPO_URI)' 'Created-By: Packages' | awk '!seen[$0]++'
}

# A suite that an archive does not have, or that is signed by somebody else, is no answer: try the next.
read_suite() {
  local archive
  for archive in "$@"; do
    printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$archive" "$suite" >"$work/sources.list"
    if [[ $suite == *-backports ]]; then
      printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$archive" "${suite%-backports}" >>"$work/sources.list"
    fi
    three_times apt-get -qq update 2>>"$work/update.log" && return 0
  done
  sort -u "$work/update.log" | sed -n 's/^E:/ /p' >&2
  fail "none of this machine's archives has \`$suite\` signed by a key in \`$keyring\`;" \
    "see the lines above, then check \`apt-get update\` and the package debian-archive-keyring"
}

direct_libraries() {
  apt-cache depends --important "$@" | sed -nE 's/^ *\|?(Pre)?Depends: (z?lib[^ ]+)$/\2/p' | sort -u
}

# What the programs link to, followed to the end. Only libraries (lib… and zlib1g): users and services stay out.
packages_and_libraries() {
  local wanted=$packages next=$packages
  while [[ -n $next ]]; do
    # shellcheck disable=SC2086 -- one word per package
    next=$(comm -13 <(tr ' ' '\n' <<<"$wanted" | sort -u) <(direct_libraries $next) | paste -sd ' ')
    wanted="$wanted${next:+ $next}"
  done
  echo "$wanted"
}

download() {
  local names
  names=$(packages_and_libraries)
  # The bare name would take a backport's older sister; the libraries come from wherever they are newest.
  [[ $suite == *-backports ]] && names="$packages/$suite ${names#"$packages"}"
  # shellcheck disable=SC2086 -- one word per package
  (cd "$work/packages" && three_times apt-get -qq download $names) ||
    fail "\`$packages\` of \`$suite\` could not be downloaded; run the same line again, it starts afresh"
}

unpack() {
  local archive
  for archive in "$work"/packages/*.deb; do
    dpkg-deb --extract "$archive" "$staging/root"
  done
  # Only what runs: documentation, and a service's files that nobody will read here, would triple the folder.
  rm -rf "$staging"/root/{etc,var} "$staging"/root/usr/share
}

one_of() {
  local candidate
  for candidate in "$@"; do
    [[ -e $candidate ]] && { echo "${candidate#"$staging/root/"}"; return; }
  done
  fail "\`$packages\` of \`$suite\` came without ${1##*/}; the suite has changed its layout, and this script must follow"
}

# bin/NAME starts this program of $staging/root through the loader and the libraries of its suite. It finds
# everything from where it lies, so the finished folder can be renamed into place, or moved.
write_wrapper() {
  local program=$1 name=${1##*/} loader libraries
  [[ -x $staging/root/$program ]] || fail "\`$packages\` of \`$suite\` has no program \`$program\`"
  loader=$(one_of "$staging"/root/{usr/,}lib*/ld-linux*.so.* "$staging"/root/{usr/,}lib/*-linux-gnu*/ld-linux*.so.*)
  libraries=$(cd "$staging/root" && printf '$root/%s:' {usr/,}lib/*-linux-gnu*{,/frr} | sed -E 's/:$//')
  libraries=$(existing "$libraries")
  cat >"$staging/bin/$name" <<WRAPPER
#!/bin/sh
here=\$(readlink -f "\$0")
root=\${here%/bin/*}/root
exec "\$root/$loader" --argv0 $name --library-path "$libraries" "\$root/$program" "\$@"
WRAPPER
  chmod 755 "$staging/bin/$name"
  only_own_libraries "$staging/root/$loader" "${libraries//'$root'/"$staging/root"}" "$staging/root/$program"
}

# Of folders joined by colons, each below $root, those that are there.
existing() {
  local path found=()
  for path in ${1//:/ }; do
    [[ -d ${path/'$root'/"$staging/root"} ]] && found+=("$path")
  done
  (IFS=:; echo "${found[*]}")
}

# The loader falls back to the machine's libraries in silence; two C libraries in one process end badly.
only_own_libraries() {
  local strangers
  strangers=$("$1" --inhibit-cache --library-path "$2" --list "$3" | awk -v own="$staging/" '
    /=> not found/ || ($2 == "=>" && index($3, own) != 1) { print $1 }' | paste -sd ' ')
  [[ -z $strangers ]] || fail "\`${3##*/}\` of \`$suite\` links to what was not downloaded: $strangers"
}

put_beside() {
  local parent candidates name
  already_there && return 0
  command -v apt-get >/dev/null ||
    fail "there is no \`apt-get\` here, and $label comes by it; use Debian 12 or newer"
  [[ -r $keyring ]] || fail "\`$keyring\` is missing; run: apt-get install debian-archive-keyring"
  parent=$(dirname "$folder")
  name=${0##*/}
  mkdir -p "$parent"
  exec 9>"$parent/.$name.lock"
  flock 9 # two runs at once: the second waits, and then finds the work done
  already_there && return 0

  rm -rf "$parent/.$name".?????? # left by a run that was killed; none is at work, for the lock is ours
  work=$(mktemp -d)
  staging=$(mktemp -d "$parent/.$name.XXXXXX")
  trap 'rm -rf "$work" "$staging"' EXIT
  say "getting $label into \`$folder\` ($size, once)"
  mapfile -t candidates < <(archives)
  ((${#candidates[@]})) || fail "this machine's apt names no archive; give /etc/apt a source, then run this again"
  configure_apt
  export APT_CONFIG=$work/apt.conf
  read_suite "${candidates[@]}"
  download
  unpack
  mkdir "$staging/bin"
  write_programs
  starts "$staging" || fail "$label does not start on this machine; try another suite"
  { echo "$label"; (cd "$work/packages" && printf '%s\n' *.deb); } >"$staging/SOURCE"
  chmod 755 "$staging"
  rm -rf "$folder"
  mv -T "$staging" "$folder"
}
