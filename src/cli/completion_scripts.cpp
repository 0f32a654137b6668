// Scripts that ask the program what may follow. It answers a candidate a line, with a tab before what is told of it, and last a line that
// begins with ':' and says what else: files, open (no space after the word).
#include "introspect.hpp"

namespace tonnage::cli {

namespace {

// bash takes = and : for the end of a word: words are joined again here, and what bash has already is cut from the answers.
constexpr const char* bash_script = R"sh(# bash completion of tonnage: source <(tonnage completion bash)
_tonnage() {
  local word line rest=$COMP_LINE before cut token i IFS=$'\n'
  local -a words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    token=${COMP_WORDS[i]}
    before=${rest%%"$token"*}
    if [[ -n $token ]]; then rest=${rest#*"$token"}; else before=' '; fi
    if ((i > 0)) && [[ -z $before && ($token == [=:]* || ${words[-1]} == *[=:]) ]]; then words[-1]+=$token; else words+=("$token"); fi
  done
  if [[ -z $token && ${words[-2]} == *[=:] && $COMP_LINE != *' ' ]]; then unset 'words[-1]'; fi
  for i in "${!words[@]}"; do words[i]=${words[i]//[\\\"\']/}; done
  word=${words[-1]}
  cut=${word%"${word##*[=:]}"}
  COMPREPLY=()
  while read -r line; do
    if [[ $line == :* ]]; then
      [[ $line == *' open'* ]] && compopt -o nospace
      if [[ $line == *' files'* ]]; then
        compopt -o filenames
        COMPREPLY+=($(compgen -f -- "${word#"$cut"}"))
      fi
    else
      line=${line%%$'\t'*}
      printf -v line '%q' "${line#"$cut"}"
      COMPREPLY+=("$line")
    fi
  done < <(command "$1" __complete "${words[@]:1}" 2>/dev/null)
}
complete -F _tonnage tonnage
)sh";

constexpr const char* zsh_script = R"sh(#compdef tonnage
# zsh completion of tonnage: source <(tonnage completion zsh), after compinit
_tonnage() {
  local line text told
  local -a given texts shown more
  given=("${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}")
  for line in "${(@f)$(command ${words[1]} __complete "${given[@]}" 2>/dev/null)}"; do
    if [[ $line == :* ]]; then
      [[ $line == *' open'* ]] && more=(-S '')
      [[ $line == *' files'* ]] && _files
    else
      text=${line%%$'\t'*}
      told=${line#*$'\t'}
      texts+=("$text")
      if [[ $line == *$'\t'* ]]; then shown+=("$text  -- $told"); else shown+=("$text"); fi
    fi
  done
  (( ${#texts} )) && compadd -l -d shown "${more[@]}" -a texts
}
compdef _tonnage tonnage
)sh";

constexpr const char* fish_script = R"sh(# fish completion of tonnage: tonnage completion fish | source
function __tonnage_complete
    set -l given (commandline -opc)
    set -l current (commandline -ct)
    for line in (command $given[1] __complete $given[2..-1] "$current" 2>/dev/null)
        switch $line
            case ': files*'
                __fish_complete_path "$current"
            case ':*'
            case '*'
                echo $line
        end
    end
end
complete -c tonnage -f -a '(__tonnage_complete)'
)sh";

}  // namespace

std::string completion_script(const std::string& shell) { return shell == "fish" ? fish_script : shell == "zsh" ? zsh_script : bash_script; }

}  // namespace tonnage::cli
