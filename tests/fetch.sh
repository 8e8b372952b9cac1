#!/bin/bash
# scripts/make/fetch: what the archive still has, what it has instead, and what it does not have. Prints cmocka's words.
set -uo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset OFFLINE
export MIRROR=http://mirror.invalid/debian ARCHIVE=$dir/archive PATH=$dir/bin:$PATH
mkdir "$dir"/{bin,archive}
# An archive is a file PACKAGE=VERSION for each package.
cat >"$dir/bin/apt-get" <<'END'
#!/bin/bash
case " $* " in
*" update "*) case " $* " in *Error-Mode=any*) exit "${update:-0}" ;; esac ;; # else apt says 0 whatever comes
*" source "*) cp "$ARCHIVE/${*: -1}" "${*: -1}.tar.xz" ;;
*" download "*) cp "$ARCHIVE/${*: -1}" "${*: -1}.deb" ;;
esac
END
cat >"$dir/bin/apt-cache" <<'END'
#!/bin/bash
cd "$ARCHIVE" || exit
case " $* " in
*" pkgnames "*) printf '%s\n' * | cut -d= -f1 | sort -u ;;
*" show "*) for p in *; do [ "${p%=*}" != "${*: -1}" ] ||
	printf 'Package: %s\nVersion: %s\nSHA256: %s\n\n' "${p%=*}" "${p#*=}" "$(sha256sum <"$p" | cut -d' ' -f1)"; done ;;
esac
END
chmod +x "$dir"/bin/*

export update=0
has() { echo "$1" >"$ARCHIVE/$1"; } # PACKAGE=VERSION
entry() { echo "$1 ${2%=*} ${2#*=} suite $(sha256sum <<<"$2" | cut -d' ' -f1)"; } # ALIAS PACKAGE=VERSION
fetch() { scripts/make/fetch "$dir/lock" "$dir/cache" "$dir/links" >"$dir/said" 2>&1; }
is() { # WHAT STATUS WORDS: of the last one
	if [ "$status" = "$2" ] && { [ -z "$3" ] || grep -q -- "$3" "$dir/said"; }; then
		echo "[       OK ] fetch: $1"
	else
		echo "[  FAILED  ] fetch: $1: status $status, not $2, or does not say: $3"
		cat "$dir/said"
	fi
}
links() { (cd "$dir/links" && echo -- * >"$dir/said"); }

has mmdebstrap=1.5-1
has linux-headers-6.12.118+deb13-amd64=6.12.118-1
{
	entry linux-headers-7.2 linux-headers-7.2.12+deb13-amd64=7.2.12-1
	entry linux-headers-6.12 linux-headers-6.12.117+deb13-amd64=6.12.117-1
	entry mmdebstrap mmdebstrap=1.5-1
} >"$dir/lock"
mkdir "$dir/links"
touch "$dir/links/linux-headers-7.2.deb" # of an earlier version
fetch; status=$?
is "a series that has gone is left out" 0 'note: going on without linux-headers-7.2.deb'
is "the newest of a series takes the place of what has gone" 0 'note: linux-headers-6.12.117.*using linux-headers-6.12.118'
links
is "all the rest is there, and nothing of before" 0 '^-- linux-headers-6.12.deb mmdebstrap.deb$'
OFFLINE=1 fetch; status=$?
is "without a network it is the same" 0 ''

entry linux-headers-6.18 linux-headers-6.18.1+deb13-amd64=6.18.1-1 >>"$dir/lock"
update=100 fetch; status=$?
is "an archive that does not answer is an error, and has lost nothing" 1 ''
entry mesa-source src:mesa=25.0.7-2 >>"$dir/lock"
OFFLINE=1 fetch; status=$?
is "without a network what is new is named" 1 "src:mesa 25.0.7-2 is not in the cache"
fetch; status=$?
is "sources that have gone are an error" 1 '^src:mesa 25.0.7-2: not in the archive'
has sparse=0.6-1
entry sparse sparse=0.6-1 | sed 's/.\{8\}$/00000000/' >"$dir/lock"
fetch; status=$?
is "a wrong hash is an error" 71 'wrong hash: sparse 0.6-1'
