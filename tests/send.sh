#!/bin/bash
# What make send writes: mails that git am turns back into the series, in one
# thread, from and signed off by who submits them; and what it refuses.
# Prints lines as cmocka does, for scripts/check/unit to count.
set -uo pipefail
: "${OUT:?run me through make}"
who="Ada Lovelace <ada@example.org>" mails=$OUT/run/send work=$(mktemp -d)
trap 'rm -rf "$work" "$mails"' EXIT
try() { # WHAT command ...
	local what=$1 output
	shift
	if output=$("$@" 2>&1); then
		echo "[       OK ] send: $what"
	else
		printf '[  FAILED  ] send: %s\n%s\n' "$what" "$output"
	fi
}

series=kernel/01-offload
write() { scripts/make/enter env SIGNOFF="$who" TO=a@example.org,b@example.org "$@" scripts/series/send write $series out/run/send; }
refuses() { # TEXT COMPONENT NAME=VALUE ...
	local text=$1 component=$2 output
	shift 2
	output=$(env SIGNOFF="$who" "$@" scripts/series/send check "$component" 2>&1) && { echo "not refused"; return 1; }
	[ $? = 2 ] && grep -F "$text" <<<"$output"
}
header() { # NAME FILE: unfolded, without the name
	awk -v name="$1:" '/^$/ { exit } /^[^ \t]/ { on = $1 == name; sub(/^[^:]*: /, "") }
		on { gsub(/[ \t]+/, " "); text = text $0 } END { print text }' "$2"
}

patches=$(find $series -name '[0-9]*.patch' | wc -l)
same_tree() { # as the series, from mails alone; in the directories that it touches
	local src=$OUT/src/linux
	git clone -q --shared --no-checkout "$src" "$work/am" || return 1
	git -C "$src" diff --name-only base alone/01-offload | xargs dirname | sort -u |
		git -C "$work/am" sparse-checkout set --stdin || return 1
	git -C "$work/am" checkout -q "$(git -C "$src" rev-parse 'base^0')" &&
		find "$mails" -name '*.patch' ! -name 0000-cover-letter.patch | sort |
		xargs git -C "$work/am" -c user.name=test -c user.email=test@example.org am -q &&
		[ "$(git -C "$work/am" rev-parse 'HEAD^{tree}')" = "$(git -C "$src" rev-parse 'alone/01-offload^{tree}')" ]
}
signed_and_sent_by_the_submitter() {
	local log
	log=$(git -C "$work/am" log -n "$patches" --format='%an <%ae>|%(trailers:key=Signed-off-by,valueonly)|%b' | awk 'NF')
	[ "$(grep -c "^$who|$who" <<<"$log")" = "$patches" ] || { echo "$log"; return 1; }
	for ((i = 0; i < patches; i++)); do
		[ "$(git -C "$work/am" log -1 --format=%B "HEAD~$i" | awk 'NF' | tail -n 1)" = "Signed-off-by: $who" ] || return 1
	done
	! grep -L "^From: $who" "$mails"/*.patch | grep .
}
one_thread() {
	local id mail
	id=$(header Message-ID "$mails/0000-cover-letter.patch")
	[[ -n $id && -z $(header In-Reply-To "$mails/0000-cover-letter.patch") ]] || return 1
	for mail in "$mails"/*.patch; do
		case $mail in */0000-*) continue ;; esac
		[ "$(header In-Reply-To "$mail") $(header References "$mail")" = "$id $id" ] || { echo "$mail"; return 1; }
	done
	[ "$(for mail in "$mails"/*.patch; do header Message-ID "$mail"; done | sort -u | wc -l)" = $((patches + 1)) ]
}
numbered() { # SUBJECT-PREFIX
	local n=0 mail
	for mail in "$mails"/*.patch; do
		[[ $(header Subject "$mail") =~ ^\[$1\ 0*$n/$patches\]\  ]] || { header Subject "$mail"; return 1; }
		n=$((n + 1))
	done
}
addressed() { # the maintainers, the lists and TO=, in every mail
	local mail
	for mail in "$mails"/*.patch; do
		[[ $(header To "$mail") =~ dmitry.osipenko@.*,\ a@example.org,\ b@example.org$ ]] || { header To "$mail"; return 1; }
		[[ $(header Cc "$mail") =~ dri-devel@.*virtualization@ ]] || { header Cc "$mail"; return 1; }
	done
}
cover_letter() { # the text, the shortlog, the diffstat
	local cover=$mails/0000-cover-letter.patch
	[[ $(header Subject "$cover") == "[PATCH "*"/$patches] $(sed -n '1s/^# //p' $series/cover-letter.md)" ]] &&
		! grep -qE '^(Depends|State|Stable):' "$cover" && grep -qF "Ada Lovelace ($patches):" "$cover" && grep -qE '^ [0-9]+ files? changed' "$cover" &&
		! sed '1,3d; /^Stable: /d; s/^## //' $series/cover-letter.md | awk NF | grep -vxFf "$cover"
}

try "writes mails" write
try "git am makes the same tree of them" same_tree
try "author and last trailer are the submitter" signed_and_sent_by_the_submitter
try "every patch answers the cover letter" one_thread
try "patches are numbered" numbered PATCH
try "maintainers, lists and TO= get all of them" addressed
try "the cover letter says what is in it" cover_letter
try "writes a second version" write REROLL=2
mv "$mails" "$work/v2" && mails=$work/v2
try "a second version says so" numbered 'PATCH v2'

try "asks who signs off" refuses 'make send SIGNOFF="' $series SIGNOFF=
for bad in Ada ada@example.org "Ada <ada>" "<ada@example.org>" "Ada <ada@example.org> " "Ada <a@example.org> <b@example.org>"; do
	try "refuses SIGNOFF=$bad" refuses "no name and address" $series SIGNOFF="$bad"
done
try "refuses an address that nobody reads" refuses "nobody answers" $series SIGNOFF="Ada <ada@users.noreply.example>"
try "asks which series" refuses "which one" kernel
try "refuses qemu-patches" refuses "not for qemu-devel" qemu-patches
try "refuses what goes as a merge request" refuses "merge request" mesa-patches
try "refuses a directory without patches" refuses "has no patches" tools
try "refuses a strange REROLL" refuses "no number of a version" $series REROLL=x
