# Completion for bash. It asks the program itself what there is, so it never lags behind it.
_trailwarden() {
    local cur=${COMP_WORDS[COMP_CWORD]} path=() word
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $word == -* ]] && break
        path+=("$word")
    done
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(trailwarden "${path[@]}" --help 2>/dev/null |
            sed -nE 's/^ +(-., )?(--[a-z.-]+).*/\2/p')" -- "$cur")
        return
    fi
    local next
    next=$(trailwarden --help 2>/dev/null | awk -v at="${path[*]}" '
        /^Commands:/ { on = 1; next }
        on && /^  [a-z]/ && match($0, /^  [a-z-]+( [a-z-]+)*/) {
            n = split(at, want, " "); m = split(substr($0, 3, RLENGTH - 2), have, " ")
            for (i = 1; i <= n; i++) if (have[i] != want[i]) next
            if (m > n) print have[n + 1]
        }' | sort -u)
    mapfile -t COMPREPLY < <(compgen -W "$next" -- "$cur")
    [[ -n $next ]] || compopt -o default
}
complete -F _trailwarden trailwarden
