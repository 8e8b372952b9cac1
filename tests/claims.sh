#!/bin/bash
# scripts/check/claims: each number that a document states is looked at, and so is what it counts. Prints cmocka's words.
set -uo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
said() { # WHAT TEXT command ...: the command fails and says the text
	if ! "${@:3}" >"$dir/said" 2>&1 && grep -qF -- "$2" "$dir/said"; then
		echo "[       OK ] claims: $1"
	else
		cat "$dir/said"
		echo "[  FAILED  ] claims: $1"
	fi
}
if scripts/check/claims >"$dir/said" 2>&1; then echo "[       OK ] claims: are right"; else cat "$dir/said"; echo "[  FAILED  ] claims: are right"; fi

scripts/check/claims list >"$dir/list"
cut -d: -f1 "$dir/list" | sort -u | xargs cp --parents -t "$dir"
while IFS= read -r line; do
	file=${line%%: *} claim=${line#*: } text=$(tr -s ' \n' ' ' <"${line%%: *}")
	mapfile -t numbers < <(grep -oE '\b([0-9]+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b' <<<"$claim")
	for number in "${numbers[@]}"; do
		printf %s "${text/"$claim"/"${claim/$number/some}"}" >"$dir/$file"
		said "$number in \"${claim# }\"" "$file does not say: $claim" scripts/check/claims "$dir"
	done
	cp "$file" "$dir/$file"
done <"$dir/list"

states() { # WHAT TEXT SED: README with this edit
	sed "$3" README.md >"$dir/README.md"
	said "$1" "$2" scripts/check/claims "$dir"
	cp README.md "$dir/README.md"
}
states "a row of the state that names no check" "README.md: no check shows | \`make prime\` |" '/^| .make prime. |/s/ (.check-user.)//'
states "one that is gone" 'README.md: there is no check-users' '/^| .make prime. |/s/check-user/&s/'

driver=src/linux/drivers/gpu/drm/virtio/tests
mkdir -p "$dir/$driver"
for edit in '0,/^\tKUNIT_CASE(/{/^\tKUNIT_CASE(/d}' '0,/^\tGOOD("/{/^\tGOOD("/d}'; do
	cp "$OUT/$driver"/*.c "$dir/$driver"
	sed -i "$edit" "$dir/$driver/virtgpu_transfer_test.c"
	said "a case less, ${edit:4:8}" 'README.md does not say: All of KUnit: ' env OUT="$dir" scripts/check/claims
done
