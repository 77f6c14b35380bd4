# Completion for fish. It asks the program itself what there is, so it never lags behind it.
function __trailwarden_words
    commandline -opc | string match -v -- '-*' | tail -n +2
end

function __trailwarden_commands
    set -l at (string join ' ' (__trailwarden_words))
    trailwarden --help 2>/dev/null | awk -v at="$at" '
        /^Commands:/ { on = 1; next }
        on && /^  [a-z]/ && match($0, /^  [a-z-]+( [a-z-]+)*/) {
            n = split(at, want, " "); m = split(substr($0, 3, RLENGTH - 2), have, " ")
            for (i = 1; i <= n; i++) if (have[i] != want[i]) next
            if (m > n) print have[n + 1]
        }' | sort -u
end

function __trailwarden_flags
    trailwarden (__trailwarden_words) --help 2>/dev/null | string replace -rf '^ +(-., )?(--[a-z.-]+).*' '$2'
end

complete -c trailwarden -n 'test -n (__trailwarden_commands | head -n 1)' -f -a '(__trailwarden_commands)'
complete -c trailwarden -n 'string match -q -- "-*" (commandline -ct)' -a '(__trailwarden_flags)'
