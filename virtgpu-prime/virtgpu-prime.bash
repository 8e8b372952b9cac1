# bash completion for virtgpu-prime; goes to /usr/share/bash-completion/completions/virtgpu-prime
# shellcheck shell=bash

_virtgpu_prime() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} word words
	COMPREPLY=()
	case $previous in
	--size) mapfile -t COMPREPLY < <(compgen -W "1280x720 1366x768 1920x1080 2560x1440 3840x2160" -- "$current"); return ;;
	--seconds) return ;;
	esac
	words="--json --size --seconds --help"
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $word in info | check | layout | demo | gpu) word=; break ;; esac
	done
	[ -z "${word-x}" ] || words="info check layout demo gpu $words"
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _virtgpu_prime virtgpu-prime
