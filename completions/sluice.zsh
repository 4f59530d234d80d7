#compdef sluice
# Completion of sluice for zsh: source <(sluice completion zsh), behind compinit; or this text as _sluice in a folder of fpath.
# What can stand at the cursor is found by `sluice complete`.

_sluice() {
  local -a whole open
  local line value prefix paths
  while IFS= read -r line; do
    if [[ $line == $'\t'* ]]; then
      paths=${${line#$'\t'}%%$'\t'*}
      prefix=${line##*$'\t'}
      continue
    fi
    # _describe divides at a colon.
    value=${${${line%%$'\t'*}//\\/\\\\}//:/\\:}
    [[ -n ${line#*$'\t'} ]] && value+=:${line#*$'\t'}
    # Where something has to follow there is no space.
    if [[ ${line%%$'\t'*} == *[:=@] ]]; then open+=($value); else whole+=($value); fi
  done < <(sluice complete zsh -- "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)

  local result=1
  (( $#whole )) && _describe -t values 'sluice' whole && result=0
  (( $#open )) && _describe -t values 'sluice' open -S '' && result=0
  if [[ -n $paths ]]; then
    [[ -n $prefix ]] && compset -P "${(b)prefix}"
    if [[ $paths == folders ]]; then _files -/ && result=0; else _files && result=0; fi
  fi
  return result
}

if [[ $funcstack[1] == _sluice ]]; then _sluice "$@"; else compdef _sluice sluice; fi
