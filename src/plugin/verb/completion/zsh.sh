#compdef kubectl-blame
# kubectl-blame for zsh: the program itself knows the words, names of objects included.
_kubectl-blame() {
    local line directive=4
    local -a offered flags
    for line in "${(@f)$(kubectl-blame __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        case $line in
            :*) directive=${line#:} ;;
            *$'\t'*) offered+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
            ?*) offered+=("${line//:/\\:}") ;;
        esac
    done
    if ((directive == 0 && $#offered == 0)); then
        _files
        return
    fi
    ((directive & 2)) && flags=(-S '')
    _describe 'word' offered "${flags[@]}"
}
if [[ $funcstack[1] == _kubectl-blame ]]; then
    _kubectl-blame "$@"
else
    compdef _kubectl-blame kubectl-blame
fi
