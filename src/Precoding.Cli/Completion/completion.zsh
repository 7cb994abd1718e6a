#compdef beamprecoding
# Completes beamprecoding in zsh: the tool itself says what may follow, the shell completes names of files.
_beamprecoding() {
    local -a candidates
    candidates=("${(@f)$("${(Q)words[1]/#\~/$HOME}" '[suggest]' "${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null)}")
    candidates=("${(@)candidates:#}")
    if (( ! $#candidates )); then
        _files
    elif [[ $candidates[1] == *= ]]; then
        compadd -S '' -a candidates
    else
        compadd -a candidates
    fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _beamprecoding "$@"
else
    compdef _beamprecoding beamprecoding
fi
