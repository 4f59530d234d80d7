# Completion of sluice for fish: sluice completion fish | source
# What can stand at the cursor is found by `sluice complete`.

function __sluice_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (sluice complete fish -- $words[2..-1] $current 2>/dev/null)
        set -l parts (string split \t -- $line)
        if test -n "$parts[1]"
            printf '%s\n' $line
            continue
        end
        # Names of files, or of folders, behind what they stand behind.
        set -l path (string sub -s (math (string length -- $parts[3]) + 1) -- $current)
        if test "$parts[2]" = folders
            set -l found (__fish_complete_directories $path '')
            string replace -r '^' -- $parts[3] $found
        else
            set -l found (__fish_complete_path $path)
            string replace -r '^' -- $parts[3] $found
        end
    end
end

complete -c sluice -f -a '(__sluice_complete)'
