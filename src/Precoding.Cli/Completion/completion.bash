# Completes beamprecoding in bash: the tool itself says what may follow, the shell completes names of files.
_beamprecoding() {
    local line="${COMP_LINE:0:COMP_POINT}" word cut candidate
    COMPREPLY=()
    while IFS= read -r candidate; do
        COMPREPLY+=("$candidate")
    done < <("${1/#\~/$HOME}" '[suggest]' "$line" 2>/dev/null)
    # bash replaces what follows the last = or : of the word only
    word="${line##*[[:space:]]}"
    case "$word" in
        *[=:]*)
            cut="${word%"${word##*[=:]}"}"
            COMPREPLY=("${COMPREPLY[@]#"$cut"}")
            ;;
    esac
    case "${COMPREPLY[0]-}" in *=) compopt -o nospace 2>/dev/null ;; esac
}
complete -o default -F _beamprecoding beamprecoding
