# kubectl-blame for bash: the program itself knows the words, names of objects included.
_kubectl_blame() {
    local line directive=4
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            :*) directive=${line#:} ;;
            *) COMPREPLY+=("${line%%$'\t'*}") ;;
        esac
    done < <(kubectl-blame __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if ((directive & 2)); then compopt -o nospace; fi 2>/dev/null
    if ((directive == 0)); then compopt -o default; fi 2>/dev/null
}
complete -F _kubectl_blame kubectl-blame
