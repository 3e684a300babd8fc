extension CompletionScript {
    var bashText: String {
        #"""
        # roost completion for bash: source <(roost completions bash)
        # What the service knows, asked at most once a second.
        _roost_live() { # _roost_live KIND WORD [FLAG...]
            if [[ ${_roost_seen-} != "$SECONDS $*" ]]; then
                mapfile -t _roost_found < <(command roost __complete "$@" 2>/dev/null)
                _roost_seen="$SECONDS $*"
            fi
            COMPREPLY+=("${_roost_found[@]}")
            [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == */ ]] && compopt -o nospace 2>/dev/null
        }
        _roost() {
            local -a line
            local words='' live='' at=1 last command
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
            [[ -n $live && ${line[last]} != -* ]] &&
                _roost_live "$live" "${line[last]}" "${line[@]:1:at-1}"
            return 0
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
            let operands = verb.operands.flatMap { candidates(for: $0, of: verb).words }
            return (name: verb.name, words: operands + flags(of: verb).map { "--\($0.name)" })
        }
        return (ofFamilies + ofVerbs).map { name, words in
            let verb = verbs.first { $0.name == name }
            let asked = verb.flatMap(live).map { " live=\($0.rawValue)" } ?? ""
            return "        '\(name)') words='\(words.joined(separator: " "))'\(asked) ;;"
        }.joined(separator: "\n")
    }

    /// What the service is asked for; the first operand that it knows decides.
    private func live(of verb: Verb) -> LiveCandidates? {
        verb.operands.lazy.compactMap { LiveCandidates($0, of: verb) }.first
    }
}
