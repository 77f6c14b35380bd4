#compdef trailwarden
# Completion for zsh. It asks the program itself what there is, so it never lags behind it.
local -a at next
at=(${${words[2,CURRENT-1]}:#-*})
if [[ $PREFIX == -* ]]; then
    compadd -- ${(f)"$(trailwarden $at --help 2>/dev/null | sed -nE 's/^ +(-., )?(--[a-z.-]+).*/\2/p')"}
    return
fi
next=(${(f)"$(trailwarden --help 2>/dev/null | awk -v at="$at" '
    /^Commands:/ { on = 1; next }
    on && /^  [a-z]/ && match($0, /^  [a-z-]+( [a-z-]+)*/) {
        n = split(at, want, " "); m = split(substr($0, 3, RLENGTH - 2), have, " ")
        for (i = 1; i <= n; i++) if (have[i] != want[i]) next
        if (m > n) print have[n + 1]
    }' | sort -u)"})
if (( $#next )); then
    compadd -- $next
else
    _files
fi
