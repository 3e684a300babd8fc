extension CompletionScript {
    var bashText: String {
        #"""
        # roost completion for bash: source <(roost completions bash)
        _roost() {
            local -a line
            local words='' at=1 last command
            COMPREPLY=()
            # Out of the line itself: as words, bash cuts HOST:PORT in three.
            read -ra line <<<"${COMP_LINE:0:COMP_POINT}"
            [[ ${COMP_LINE:0:COMP_POINT} == *[[:blank:]] ]] && line+=('')
            last=$((${#line[@]} - 1))
            while ((at < last)) && [[ ${line[at]} == -* ]]; do
                case ${line[at]} in \#(pattern(of: common)) ((at++)) ;; esac
                ((at++))
            done
            if [[ ${line[last - 1]} == -- ]]; then
                mapfile -t COMPREPLY < <(compgen -c -- "${line[last]}")
                return
            fi
            [[ " ${line[*]:0:last} " == *' -- '* ]] && return
            case ${line[last - 1]} in
        \#(valueCases)
            \#(pattern(of: verbs.flatMap(flags))) return ;;
            esac
            if ((last <= at)); then
                words='\#((firstWords + common.map { "--\($0.name)" }).joined(separator: " "))'
            else
                command=${line[at]}
                case $command in \#(families.map(\.first).joined(separator: "|")))
                    ((last > at + 1)) && command+=" ${line[at + 1]}" ;;
                esac
                case $command in
        \#(commandCases)
                esac
            fi
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "${line[last]}")
        }
        complete -o default -F _roost roost

        """#
    }

    /// A pattern of `case` for the flags whose value is the next argument.
    private func pattern(of flags: [Flag]) -> String {
        var spellings: [String] = []
        for flag in flags where flag.takesArgument {
            spellings += flag.spellings.filter { !spellings.contains($0) }
        }
        return spellings.joined(separator: "|") + ")"
    }

    private var valueCases: String {
        var flags = common
        for flag in verbs.flatMap(\.flags) where !flags.contains(flag) { flags.append(flag) }
        return flags.compactMap { flag in
            let list = candidates(for: flag).words.joined(separator: " ")
            guard !list.isEmpty else { return nil }
            return """
                    \(flag.spellings.joined(separator: "|")))
                        mapfile -t COMPREPLY < <(compgen -W '\(list)' -- "${line[last]}")
                        return ;;
                """
        }.joined(separator: "\n")
    }

    private var commandCases: String {
        let ofFamilies = families.map { first, members in
            (name: first, words: members.map { $0.words[1] })
        }
        let ofVerbs = verbs.map { verb in
            let operands = verb.operands.flatMap { candidates(for: $0).words }
            return (name: verb.name, words: operands + flags(of: verb).map { "--\($0.name)" })
        }
        return (ofFamilies + ofVerbs).map { name, words in
            "        '\(name)') words='\(words.joined(separator: " "))' ;;"
        }.joined(separator: "\n")
    }
}
