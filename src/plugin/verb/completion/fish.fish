# kubectl-blame for fish: the program itself knows the words, names of objects included.
function __kubectl_blame_words
    set -l words (commandline -opc) (commandline -ct)
    set -l offered (kubectl-blame __complete $words[2..-1] 2>/dev/null)
    if test "$offered" = :0
        __fish_complete_path (commandline -ct)
    else
        string match -v ':*' -- $offered
    end
end
complete -c kubectl-blame -f -a '(__kubectl_blame_words)'
