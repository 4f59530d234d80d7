# Completion of sluice for bash: source <(sluice completion bash)
# What can stand at the cursor is found by `sluice complete`.

_sluice() {
  local line=${COMP_LINE:0:COMP_POINT} words=() i value
  # bash ends words at ':' and '=' as well: what stands together on the line is put together again.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    local word=${COMP_WORDS[i]} rest=${line#"${line%%[![:blank:]]*}"}
    ((i < COMP_CWORD)) || word=$rest
    if ((i > 0)) && [[ $rest == "$line" && -n $line ]]; then
      words[${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
    line=${rest#"$word"}
  done
  local current=${words[${#words[@]} - 1]}

  COMPREPLY=()
  while IFS= read -r value; do
    if [[ $value == $'\t'* ]]; then
      if [[ $value == $'\t'folders* ]]; then compopt -o dirnames; else compopt -o default; fi
    else
      COMPREPLY+=("$value")
    fi
  done < <(sluice complete bash "$((${#current} - ${#2}))" -- "${words[@]:1}" 2>/dev/null)
  # Something has to follow.
  [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[:=@] ]] && compopt -o nospace
  return 0
}

complete -F _sluice sluice
