# Completes beamprecoding in fish: the tool itself says what may follow, the shell completes names of files.
function __beamprecoding_complete
    set -l words (commandline -cpo)
    set -l line (commandline -cp | string collect)
    set -l candidates ($words[1] '[suggest]' $line 2>/dev/null)
    if set -q candidates[1]
        printf '%s\n' $candidates
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c beamprecoding -f -a '(__beamprecoding_complete)'
